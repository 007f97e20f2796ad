import * as assert from 'uvu/assert'
import { certificateValue, decodeCertificate, encodeCertificate } from '../../../../consensus/agreement/certificate.ts'
import { encode } from '../../../../consensus/cbor/encode.ts'
import type { ValueMap } from '../../../../consensus/cbor/value.ts'
import { encodeCheckpoint } from '../../../../consensus/checkpoint.ts'
import { MalformedError } from '../../../../consensus/errors.ts'
import { checkNext, checkRival, checkSkip } from '../../../../consensus/light/following/check-block.ts'
import { type FollowCheck, FollowError } from '../../../../consensus/light/following/follow-error.ts'
import { type LightBlockBytes, openLightBlock } from '../../../../consensus/light/following/light-block.ts'
import { trustedFrom, trustGenesis, trustNamed } from '../../../../consensus/light/following/trusted-checkpoint.ts'
import { driftMsMax } from '../../../../consensus/light/following/trusting-period.ts'
import { History, membersOf } from '../../../fixtures/light-chain.ts'
import { quickCrypto } from '../../../fixtures/quick-crypto.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/following/check-block')

const first = membersOf('a', 'b', 'c', 'd')
/** From epoch 5 on; half of the first set is in it. */
const later = membersOf('c', 'd', 'e', 'f')
/** From epoch 9 on; a quarter of the first set is in it. */
const last = membersOf('d', 'e', 'f', 'g')
const membersAt = (epoch: number) => (epoch < 5 ? first : epoch < 9 ? later : last)
const history = new History({ membersAt })
const nowMs = history.timeOf(20)
const genesis = history.trustedGenesis()
const at = (epoch: number) => trustedFrom(history.block(epoch))
const open = (bytes: LightBlockBytes) => openLightBlock(quickCrypto, bytes)

function failsAt(check: FollowCheck, act: () => unknown): void {
  try {
    act()
  } catch (error) {
    assert.instance(error, FollowError, (error as Error).stack)
    assert.is((error as FollowError).check, check, (error as Error).message)
    assert.is((error as FollowError).code, `follow-${check}`)
    return
  }
  assert.unreachable(`nothing failed at ${check}`)
}

/** Epoch 4 with other fields, signed by all. */
const changed = (change: object) => open(history.sealed(encodeCheckpoint({ ...history.checkpoint(4), ...change }), 4))

test('the next epoch, and any whose signers hold more than 1/3 of the trusted set, is taken', () => {
  checkNext(quickCrypto, genesis, history.block(1), nowMs)
  checkNext(quickCrypto, at(4), history.block(5), nowMs)
  checkSkip(quickCrypto, genesis, history.block(4), nowMs)
  checkSkip(quickCrypto, genesis, history.block(8), nowMs)
  checkSkip(quickCrypto, at(8), history.block(9), nowMs)
})

test('skipping: a quarter of the trusted set is too little, a third as well, and what counts is its stake', () => {
  failsAt('overlap', () => checkSkip(quickCrypto, genesis, history.block(9), nowMs))
  const thirds = new History({ membersAt: epoch => (epoch < 5 ? membersOf('a', 'b', 'c') : membersOf('c', 'd', 'e')) })
  failsAt('overlap', () => checkSkip(quickCrypto, thirds.trustedGenesis(), thirds.block(5), nowMs))
})

test('skipping: members of the trusted set count only where they signed', () => {
  const signersAt = (epoch: number) => (epoch < 5 ? first : membersOf('c', 'e', 'f'))
  const shy = new History({ membersAt, signersAt })
  failsAt('overlap', () => checkSkip(quickCrypto, shy.trustedGenesis(), shy.block(6), nowMs))
})

test('another chain, an earlier epoch, an earlier time, a time to come', () => {
  const other = new History({ membersAt, params: { epochMs: 9_999 } })
  failsAt('chain', () => checkSkip(quickCrypto, genesis, other.block(4), nowMs))
  failsAt('epoch', () => checkSkip(quickCrypto, at(4), history.block(4), nowMs))
  failsAt('epoch', () => checkSkip(quickCrypto, at(4), history.block(2), nowMs))
  failsAt('epoch', () => checkNext(quickCrypto, at(2), history.block(4), nowMs))
  failsAt('time', () => checkSkip(quickCrypto, at(2), changed({ time: history.timeOf(2) }), nowMs))
  failsAt('time', () => checkNext(quickCrypto, at(3), changed({ time: history.timeOf(3) }), nowMs))
  const soon = changed({ time: nowMs + driftMsMax })
  checkSkip(quickCrypto, genesis, soon, nowMs)
  failsAt('future', () => checkSkip(quickCrypto, genesis, changed({ time: nowMs + driftMsMax + 1 }), nowMs))
})

test('the next epoch names the one before, and the set that was to come', () => {
  failsAt('prev', () => checkNext(quickCrypto, at(3), changed({ prev: history.cid(2) }), nowMs))
  const stranger = new History({ membersAt: epoch => (epoch === 4 ? membersOf('b', 'c', 'd') : first) })
  const bytes = stranger.sealed(
    encodeCheckpoint({ ...stranger.checkpoint(4), chain: history.chain, prev: history.cid(3) }),
    4,
  )
  failsAt('validators', () => checkNext(quickCrypto, at(3), open(bytes), nowMs))
  const atOnce = new History({ membersAt: () => membersOf('a', 'b', 'c', 'e') })
  const one = atOnce.sealed(encodeCheckpoint({ ...atOnce.checkpoint(1), chain: history.chain, prev: history.chain }), 1)
  failsAt('validators', () => checkNext(quickCrypto, genesis, open(one), nowMs))
})

test('only precommits of this epoch for this checkpoint make it final', () => {
  const block = history.checkpointBlock(4)
  for (const change of [
    { type: 'prevote' },
    { epoch: 3 },
    { checkpoint: history.cid(3) },
    { checkpoint: null },
  ] as const) {
    const bytes = history.sealed(block, 4, first, change)
    failsAt('commit', () => checkSkip(quickCrypto, genesis, open(bytes), nowMs))
    failsAt('commit', () => checkNext(quickCrypto, at(3), open(bytes), nowMs))
  }
})

test('too little stake, a signature of another round, a signer that is none: the certificate fails', () => {
  const block = history.checkpointBlock(4)
  const few = open(history.sealed(block, 4, membersOf('a', 'b')))
  failsAt('certificate', () => checkSkip(quickCrypto, genesis, few, nowMs))
  failsAt('certificate', () => checkNext(quickCrypto, at(3), few, nowMs))
  const good = history.sealed(block, 4)
  const certificate = decodeCertificate(good.certificate)
  const [[, signature], ...others] = certificate.signatures as [[number, Uint8Array], ...[number, Uint8Array][]]
  for (const forged of [
    { ...certificate, round: 1 },
    { ...certificate, signatures: [[0, signature.with(3, signature[3]! ^ 1)], ...others] as const },
    { ...certificate, signatures: [...certificate.signatures, [4, signature]] as const },
  ]) {
    const bytes = { ...good, certificate: encodeCertificate(forged) }
    failsAt('certificate', () => checkSkip(quickCrypto, genesis, open(bytes), nowMs))
    failsAt('certificate', () => checkNext(quickCrypto, at(3), open(bytes), nowMs))
  }
})

test('one signer twice is no certificate at all', () => {
  const good = history.bytes(4)
  const certificate = decodeCertificate(good.certificate)
  const [a, b] = certificate.signatures
  for (const signatures of [
    [a, a, b],
    [b, a],
  ]) {
    const value = { ...(certificateValue(certificate) as ValueMap), signatures: signatures as never }
    assert.throws(
      () => open({ ...good, certificate: encode(value) }),
      (error: Error) => error instanceof MalformedError && error.field === 'certificate.signatures',
    )
  }
})

test('sets and parameters are those that the checkpoint names', () => {
  const good = history.bytes(4)
  const other = history.bytes(5)
  for (const field of ['validators', 'nextValidators', 'params'] as const) {
    const stranger = field === 'params' ? encode({ ...history.params, burn: 1 } as never) : other.validators
    const changes = field === 'nextValidators' ? good.validators : stranger
    failsAt('block', () => open({ ...good, [field]: changes }))
  }
})

test('the genesis and the checkpoint that the user named are those, and no others', () => {
  failsAt('trusted', () => trustGenesis(quickCrypto, history.cid(1), history.genesis))
  failsAt('trusted', () => trustNamed(history.cid(3), history.block(4)))
  assert.is(trustNamed(history.cid(4), history.block(4)).epoch, 4)
})

test('a rival of a trusted checkpoint has to be as final as that', () => {
  const rival = (signers: readonly string[], change = {}) =>
    open(history.sealed(encodeCheckpoint({ ...history.checkpoint(4), time: 5, ...change }), 4, membersOf(...signers)))
  checkRival(quickCrypto, at(4), rival(['a', 'b', 'c']))
  failsAt('certificate', () => checkRival(quickCrypto, at(4), rival(['a', 'b'])))
  failsAt('overlap', () => checkRival(quickCrypto, at(4), rival(['a'])))
  failsAt('epoch', () => checkRival(quickCrypto, at(3), rival(['a', 'b', 'c'])))
})
