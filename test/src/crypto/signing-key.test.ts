import * as assert from 'uvu/assert'
import { MalformedError } from '../../../consensus/errors.ts'
import { sign, signingKey } from '../../../src/crypto/signing-key.ts'
import { suite } from '../../harness.ts'
import { rfc8032 } from './rfc8032.ts'

const test = suite('crypto/signing-key')

for (const { name, seed, publicKey, message, signature } of rfc8032) {
  test(`RFC 8032 ${name}: public key and signature`, () => {
    const key = signingKey(seed)
    assert.equal(key.publicKey, publicKey)
    assert.equal(key.sign(message), signature)
    assert.equal(sign(seed, message), signature)
  })
}

test('a seed of another length is refused, and not shown', () => {
  for (const length of [0, 31, 33, 64]) {
    assert.throws(
      () => signingKey(new Uint8Array(length)),
      (error: unknown) =>
        error instanceof MalformedError && error.message === `seed: expected 32 bytes, got ${length} bytes`,
    )
  }
})
