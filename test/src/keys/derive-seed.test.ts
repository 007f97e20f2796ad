import { createHash } from 'node:crypto'
import * as assert from 'uvu/assert'
import { toHex } from '../../../consensus/bytes.ts'
import { deriveSeed } from '../../../src/keys/derive-seed.ts'
import { keyKinds } from '../../../src/keys/key-kind.ts'
import { suite } from '../../harness.ts'

const test = suite('keys/derive-seed')

test('a testnet seed is SHA-256(domain ‖ 0x00 ‖ [networkSeed, kind, name])', () => {
  const list = Buffer.concat([Buffer.of(0x83, 7, 0x67), Buffer.from('account'), Buffer.of(0x63), Buffer.from('ana')])
  const expected = createHash('sha256').update('openledger/testnet-key/1\0').update(list).digest('hex')
  assert.is(toHex(deriveSeed(7, 'account', 'ana')), expected)
})

test('other networks, kinds and names have other keys', () => {
  const seeds = new Set<string>()
  for (const networkSeed of [0, 1, 256, Number.MAX_SAFE_INTEGER]) {
    for (const kind of keyKinds)
      for (const name of ['', 'a', 'b', 'ana']) seeds.add(toHex(deriveSeed(networkSeed, kind, name)))
  }
  assert.is(seeds.size, 4 * 3 * 4)
})
