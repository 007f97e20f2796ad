import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { nobleCrypto } from '../../../../consensus/crypto.ts'
import { nativeCrypto } from '../../../../src/crypto/native.ts'
import { type PartVector, runPart, runWalk, type WalkVector } from '../../../fixtures/light-vector.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/proof/vectors')

function read<T>(name: string): T[] {
  return JSON.parse(readFileSync(new URL(`../../../vectors/light/${name}.json`, import.meta.url), 'utf8'))
}

for (const [name, crypto] of Object.entries({ nobleCrypto, nativeCrypto })) {
  test(`parts, with ${name}`, async () => {
    const vectors = read<PartVector>('parts')
    assert.ok(vectors.length >= 80)
    for (const vector of vectors) assert.equal(await runPart(crypto, vector), vector.expected, vector.name)
    const lies = vectors.filter(vector => vector.name.includes(','))
    for (const { name: lie, expected } of lies) assert.ok('fails' in expected, lie)
    for (const { name: honest, expected } of vectors.filter(vector => !lies.includes(vector))) {
      assert.ok('proves' in expected, honest)
    }
  })

  test(`walks, with ${name}`, async () => {
    const vectors = read<WalkVector>('walks')
    for (const vector of vectors) assert.equal(await runWalk(crypto, vector), vector.expected, vector.name)
    assert.ok(vectors.some(({ expected }) => 'fails' in expected))
  })
}
