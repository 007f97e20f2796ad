/** Vectors of following: steps of the history in a store, and what becomes of them when they are changed. */
import { decodeCertificate, encodeCertificate } from '../consensus/agreement/certificate.ts'
import { decodeValidatorSet, encodeValidatorSet } from '../consensus/agreement/validator-set.ts'
import { toHex } from '../consensus/bytes.ts'
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../consensus/checkpoint.ts'
import { Cid } from '../consensus/cid.ts'
import { nobleCrypto as crypto } from '../consensus/crypto.ts'
import { encodeGenesis } from '../consensus/genesis.ts'
import type { LightBlockBytes } from '../consensus/light/following/light-block.ts'
import { driftMsMax, trustingPeriodMs } from '../consensus/light/following/trusting-period.ts'
import { actorKey, type LedgerDriver } from '../test/fixtures/ledger-driver.ts'
import { lightBlockBytes } from '../test/fixtures/proving.ts'
import { blockHex, runStep, type StepVector } from '../test/fixtures/step-vector.ts'

type Step = readonly [name: string, trusted: StepVector['trusted'], block: LightBlockBytes, now?: number]

export function stepVectors({ store, genesis }: LedgerDriver): Promise<StepVector[]> {
  const block = (epoch: number): LightBlockBytes => lightBlockBytes(store, epoch)
  const first = { genesis: toHex(encodeGenesis(genesis)) }
  const third = blockHex(block(3))
  const soon = timeOf(block(9)) + genesis.params.epochMs
  const late = timeOf(block(3)) + trustingPeriodMs(genesis.params)
  const others = decodeValidatorSet(block(9).validators).map((member, i) => ({
    ...member,
    key: actorKey(`other ${i}`).publicKey,
  }))
  const steps: Step[] = [
    ['the first epoch from the genesis', first, block(1)],
    ['the newest epoch from the genesis', first, block(9)],
    ['the next epoch', third, block(4)],
    ['a later epoch', third, block(9)],
    ['the last moment of the trusting period', third, block(9), late - 1],
    ['an earlier epoch, which following never goes to', third, block(2)],
    ['the same epoch, which is trusted already', third, block(3)],
    ['the trusting period over, to the ms', third, block(9), late],
    ['the trusted epoch, which is yet to come', third, block(9), timeOf(block(3)) - driftMsMax - 1],
    ['a later epoch, which is yet to come', third, block(9), timeOf(block(9)) - driftMsMax - 1],
    ['the next epoch, of another chain', third, changed(block(4), { chain: Cid.of(crypto, block(1).checkpoint) })],
    ['the next epoch, no later than the trusted', third, changed(block(4), { time: timeOf(block(3)) })],
    [
      'the next epoch, after another checkpoint',
      third,
      changed(block(4), { prev: Cid.of(crypto, block(2).checkpoint) }),
    ],
    ['the next epoch, by another set', third, withSet(block(4), encodeValidatorSet(others))],
    ['a later epoch, by another set', third, withSet(block(9), encodeValidatorSet(others))],
    ['a later epoch, with a set that it doesn’t name', third, { ...block(9), validators: encodeValidatorSet(others) }],
    ['a later epoch, with the certificate of another', third, { ...block(9), certificate: block(8).certificate }],
    ['a later epoch, changed after it was signed', third, changed(block(9), { payoutRoot: new Uint8Array(32) })],
    ['the next epoch, a bit of a signature flipped', third, flipped(block(4))],
    ['a later epoch, a bit of a signature flipped', third, flipped(block(9))],
    ['the next epoch, signed by half of the stake', third, signedBy(block(4), 1, 2)],
    ['a later epoch, signed by half of the stake', third, signedBy(block(9), 1, 2)],
    ['a later epoch, signed by a quarter of the stake', third, signedBy(block(9), 1)],
    ['a later epoch, signed by one of them three times', third, signedBy(block(9), 1, 1, 1)],
    ['a later epoch, its checkpoint cut off', third, { ...block(9), checkpoint: block(9).checkpoint.slice(0, -1) }],
  ]
  return Promise.all(steps.map(step => vectorOf(step, soon)))
}

async function vectorOf([name, trusted, block, now]: Step, soon: number): Promise<StepVector> {
  const vector = { name, trusted, block: blockHex(block), now: now ?? soon, expected: { fails: '' } }
  return { ...vector, expected: await runStep(crypto, vector) }
}

function timeOf({ checkpoint }: LightBlockBytes): number {
  return decodeCheckpoint(checkpoint).time
}

/** Another checkpoint with a certificate that speaks of it; the signatures stay those of the first. */
function changed(block: LightBlockBytes, change: Partial<Checkpoint>): LightBlockBytes {
  const checkpoint = encodeCheckpoint({ ...decodeCheckpoint(block.checkpoint), ...change })
  const certificate = { ...decodeCertificate(block.certificate), checkpoint: Cid.of(crypto, checkpoint) }
  return { ...block, checkpoint, certificate: encodeCertificate(certificate) }
}

function withSet(block: LightBlockBytes, validators: Uint8Array): LightBlockBytes {
  return { ...changed(block, { validators: Cid.of(crypto, validators) }), validators }
}

function flipped(block: LightBlockBytes): LightBlockBytes {
  const certificate = decodeCertificate(block.certificate)
  const [[validator, signature], ...others] = certificate.signatures as [(typeof certificate.signatures)[0]]
  const signatures = [[validator, signature.with(0, signature[0]! ^ 1)] as const, ...others]
  return { ...block, certificate: encodeCertificate({ ...certificate, signatures }) }
}

/** The signatures of these validators, in this order. */
function signedBy(block: LightBlockBytes, ...validators: readonly number[]): LightBlockBytes {
  const certificate = decodeCertificate(block.certificate)
  const signatures = validators.map(validator => certificate.signatures.find(([signer]) => signer === validator)!)
  return { ...block, certificate: encodeCertificate({ ...certificate, signatures }) }
}
