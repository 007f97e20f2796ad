import * as assert from 'uvu/assert'
import {
  contentDigest,
  nameValue,
  type Proposal,
  type ProposedValue,
  parseProposal,
  parseValueKey,
  proposalMessage,
  proposalValue,
  valueKey,
  verifyProposal,
} from '../../../consensus/agreement/proposal.ts'
import { proposerOf } from '../../../consensus/agreement/proposer.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'
import { chain, nameOf } from './driver.ts'
import { signersOf } from './signer.ts'

const test = suite('agreement/proposal')

const signers = signersOf([1, 2, 3])
const set = signers.map(({ validator }) => validator)
const entry = { author: toKey(new Uint8Array(32).fill(4)), seq: 5, batch: nameOf('C').id }
const value: ProposedValue = { checkpoint: Uint8Array.of(1, 2), cut: [entry], lastCertificate: Uint8Array.of(3) }

function propose(round: number, validRound: number): Proposal {
  const validator = proposerOf(set, 1, round)
  const bare = { ...nameValue(nobleCrypto, value), epoch: 1, round, validRound }
  return { ...bare, value, validator, signature: signers[validator]!.sign(proposalMessage(bare)) }
}

test('a proposal survives its encoding, its name follows from its bytes, and its signature is verified', () => {
  const proposal = propose(4, 2)
  const parsed = parseProposal(nobleCrypto, decode(encode(proposalValue(proposal))))
  assert.equal(parsed, proposal)
  assert.ok(parsed.id.equals(Cid.of(nobleCrypto, value.checkpoint)))
  assert.ok(verifyProposal(nobleCrypto, chain, set, parsed))
})

test('T6: cut and certificate cannot be swapped under a good signature', () => {
  const proposal = propose(0, -1)
  const swapped: ProposedValue[] = [
    { ...value, cut: [] },
    { ...value, cut: [{ ...entry, seq: 6 }] },
    { ...value, lastCertificate: null },
    { ...value, checkpoint: Uint8Array.of(9) },
  ]
  for (const other of swapped) {
    const wire = proposalValue({ ...proposal, value: other })
    assert.not(verifyProposal(nobleCrypto, chain, set, parseProposal(nobleCrypto, wire)))
  }
})

test('T3: only the proposer of the round is heard', () => {
  const proposal = propose(0, -1)
  const other = (proposal.validator + 1) % 3
  const signature = signers[other]!.sign(proposalMessage(proposal))
  assert.not(verifyProposal(nobleCrypto, chain, set, { ...proposal, validator: other, signature }))
})

test('content is the digest of the cut and the certificate as they stand in the proposal', () => {
  const { cut, lastCertificate } = proposalValue(propose(0, -1)) as ValueMap
  assert.equal(contentDigest(nobleCrypto, value), nobleCrypto.sha256(encode([cut!, lastCertificate!])))
})

test('malformed proposals are refused', () => {
  const good = proposalValue(propose(4, 2)) as ValueMap
  const bad: ValueMap[] = [
    { validRound: 4 },
    { validRound: -2 },
    { epoch: 0 },
    { round: -1 },
    { checkpoint: null },
    { lastCertificate: 1 },
    { signature: new Uint8Array(65) },
    { cut: [[new Uint8Array(31), 1, entry.batch]] },
    { extra: null },
  ]
  for (const change of bad) {
    const isMalformed = (error: Error) => error instanceof MalformedError
    assert.throws(() => parseProposal(nobleCrypto, { ...good, ...change }), isMalformed)
  }
})

test('a name survives as a key', () => {
  const name = nameOf('Ax')
  assert.equal(parseValueKey(valueKey(name)).id.bytes, name.id.bytes)
  assert.equal(parseValueKey(valueKey(name)).content, name.content)
})
