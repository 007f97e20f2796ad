import * as assert from 'uvu/assert'
import { type Message, messageBytes } from '../../../consensus/agreement/message.ts'
import { parseVote, type SignedVote, verifyVote, voteValue } from '../../../consensus/agreement/vote.ts'
import { toHex, utf8 } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { Cid, codecRaw } from '../../../consensus/cid.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'
import { chain, nameOf, vote } from './driver.ts'
import { signersOf } from './signer.ts'

const test = suite('agreement/vote')
const isMalformed = (error: Error) => error instanceof MalformedError
const { id, content } = nameOf('A')

test('T6: the signed bytes, field by field', () => {
  const head = toHex(utf8('openledger/vote/1'))
  const cases: [Message, string][] = [
    [
      { type: 'prevote', epoch: 0x0102030405, round: 0x0a0b, checkpoint: id, validRound: 3 },
      `01${'0000000102030405'}${'00000a0b'}01${toHex(id.bytes)}00000003`,
    ],
    [
      { type: 'precommit', epoch: 1, round: 0, checkpoint: null, validRound: -1 },
      '0200000000000000010000000000ffffffff',
    ],
    [
      { type: 'proposal', epoch: 1, round: 0, checkpoint: id, validRound: -1, content },
      `00${'0000000000000001'}${'00000000'}01${toHex(id.bytes)}ffffffff${toHex(content)}`,
    ],
  ]
  for (const [message, tail] of cases) {
    assert.is(toHex(messageBytes(chain, message)), `${head}00${toHex(chain.bytes)}${tail}`)
  }
})

test('a vote survives its encoding', () => {
  for (const sample of [vote('prevote', 3, 7, 'A', 2), vote('prevote', 0, 0, null), vote('precommit', 149, 1, 'B')]) {
    assert.equal(parseVote(decode(encode(voteValue(sample)))), sample)
  }
})

test('what no honest validator could mean is malformed', () => {
  const good = voteValue(vote('prevote', 3, 7, 'A', 2)) as ValueMap
  const bad: ValueMap[] = [
    { type: 0 },
    { type: 3 },
    { epoch: 0 },
    { round: -1 },
    { round: 2 ** 31 },
    { validRound: 7 },
    { validRound: -2 },
    { type: 2 },
    { checkpoint: null },
    { checkpoint: Cid.of(nobleCrypto, content, codecRaw) },
    { validator: 150 },
    { validator: -1 },
    { signature: new Uint8Array(63) },
    { signature: undefined },
    { extra: 1 },
  ]
  for (const change of bad) assert.throws(() => parseVote({ ...good, ...change }), isMalformed, JSON.stringify(change))
  for (const none of [null, 1, [], id]) assert.throws(() => parseVote(none), isMalformed)
})

test('T6: a signature is good for one validator and one content on one chain', () => {
  const signers = signersOf([1, 1, 1])
  const set = signers.map(({ validator }) => validator)
  const bare = vote('prevote', 1, 7, 'A', 2)
  const good: SignedVote = { ...bare, signature: signers[1]!.sign(bare) }
  assert.ok(verifyVote(nobleCrypto, chain, set, good))
  const changes: Partial<SignedVote>[] = [
    { type: 'precommit' },
    { epoch: 2 },
    { round: 8 },
    { checkpoint: null },
    { checkpoint: nameOf('B').id },
    { validRound: 1 },
    { validator: 2 },
    { validator: 9 },
  ]
  for (const change of changes) assert.not(verifyVote(nobleCrypto, chain, set, { ...good, ...change }))
  assert.not(verifyVote(nobleCrypto, id, set, good))
})
