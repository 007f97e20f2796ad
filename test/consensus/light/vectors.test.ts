import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { type LightVectors, runVectors, vectorNames } from '../../fixtures/light-vector.ts'
import { suite } from '../../harness.ts'

const test = suite('light/vectors')

function read<K extends keyof LightVectors>(name: K): LightVectors[K] {
  return JSON.parse(readFileSync(new URL(`../../vectors/light/${name}.json`, import.meta.url), 'utf8'))
}

for (const [cryptoName, crypto] of Object.entries({ nobleCrypto, nativeCrypto })) {
  for (const name of vectorNames) {
    test(`${name}, with ${cryptoName}`, async () => {
      const vectors = read(name)
      const outcomes = await runVectors(crypto, name, vectors)
      vectors.forEach((vector, i) => {
        assert.equal(outcomes[i], vector.expected, vector.name)
      })
    })
  }
}

test('every part has its lies, and no lie proves anything', () => {
  const vectors = read('parts')
  assert.ok(vectors.length >= 80)
  for (const { name, expected } of vectors) assert.ok((name.includes(',') ? 'fails' : 'proves') in expected, name)
})

test('each file has what holds and what is refused', () => {
  for (const name of vectorNames) {
    const expected = read(name).map(vector => vector.expected)
    assert.ok(expected.some(outcome => 'proves' in outcome) && expected.some(outcome => 'fails' in outcome), name)
  }
})
