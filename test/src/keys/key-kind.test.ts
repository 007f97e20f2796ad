import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { parseAccount } from '../../../consensus/account.ts'
import { fromHex } from '../../../consensus/bytes.ts'
import { keyOfSeed } from '../../../src/keys/key-file.ts'
import { publicText } from '../../../src/keys/key-kind.ts'
import { suite } from '../../harness.ts'

const test = suite('keys/key-kind')

test('each kind of key has its own text, from which it reads back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), seed => {
      const { publicKey } = keyOfSeed('account', seed)
      assert.equal(parseAccount(publicText('account', publicKey)), publicKey)
      assert.equal(fromHex(publicText('vote', publicKey)), publicKey)
      assert.is(publicText('peer', publicKey), peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString())
    }),
  )
})
