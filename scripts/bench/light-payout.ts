import { type Crypto, nobleCrypto } from '../../consensus/crypto.ts'
import { accountCellKey, accountCodec } from '../../consensus/ledger/cells/account.ts'
import { Bisection } from '../../consensus/light/following/bisection.ts'
import { openLightBlock } from '../../consensus/light/following/light-block.ts'
import { readCell } from '../../consensus/light/proof/cell.ts'
import { readPayout } from '../../consensus/light/proof/payout.ts'
import { headers } from '../../network/protocols/headers.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import type { Prover } from '../../src/proofs/prover.ts'
import { answersTo, readAgain, totalBytes } from './heard-answers.ts'
import { leastSpent, type Measurement } from './measure.ts'
import { creditOf, manyLines, manyLinesEvery, type PaidEpoch } from './paid-epoch.ts'
import { type SignedEpoch, signEpoch } from './signed-epoch.ts'

const runs = 5
const payoutBytesMax = 20_000
const creditBytesMax = 5_000
/** Accounts whose credit is proved. */
const proofs = 1_000
/** Any account that was paid in many lines. */
const asked = 12 * manyLinesEvery

/** One payout with its lines, and the certificate above it, against the bare checks of the signatures in that. */
export async function measurePayoutCheck(paid: PaidEpoch, prover: Prover, validators: number): Promise<Measurement[]> {
  const { checkpoint, account } = paid
  const trusted = { crypto: nativeCrypto, checkpoint }
  const heard = await answersTo(prover, reader => readPayout(trusted, reader, account(asked)))
  return [
    await checkPayout(paid, heard, { name: 'native', crypto: nativeCrypto, validators, msMax: 50 }),
    await checkPayout(paid, heard, { name: 'noble', crypto: nobleCrypto, validators, msMax: 200 }),
  ]
}

interface Checking {
  readonly name: string
  readonly crypto: Crypto
  readonly validators: number
  readonly msMax: number
}

async function checkPayout(
  { accounts, checkpoint, account }: PaidEpoch,
  heard: readonly Uint8Array[],
  { name, crypto, validators, msMax }: Checking,
): Promise<Measurement> {
  const signed = Array.from({ length: 2 * runs }, (_, i) => signEpoch(checkpoint, validators, `${name}/${i}`))
  const raw = await leastSpent(runs, run => checkSignatures(crypto, signed[runs + run]!))
  const spent = await leastSpent(runs, async run => {
    const trusted = { crypto, checkpoint: follow(crypto, signed[run]!) }
    const payout = await readAgain(heard, reader => readPayout(trusted, reader, account(asked)))
    if (payout?.lines.length !== manyLines) throw new Error(`${payout?.lines.length} lines were proved`)
  })
  const bytes = frameBytes(signed[0]!) + totalBytes(heard)
  return {
    name: `(g) a payout of ${manyLines} lines among ${accounts} checked, with ${validators} new validators and their signatures, ${name}; ${bytes} bytes`,
    value: rounded(spent.processorMs),
    unit: 'ms of processor time',
    byClock: rounded(spent.clockMs),
    raw: rounded(raw.processorMs),
    rawMeans: 'the signatures alone',
    ratio: raw.processorMs / spent.processorMs,
    goal: `≤ ${msMax}, ≤ 20 KB`,
    reached: spent.processorMs <= msMax && bytes <= payoutBytesMax,
  }
}

/** All that an account ever earned, proved by one cell of the state. */
export async function measureCredit(paid: PaidEpoch, prover: Prover, validators: number): Promise<Measurement[]> {
  const { accounts, checkpoint } = paid
  let bytes = 0
  for (let i = 0; i < proofs; i++) bytes = Math.max(bytes, await creditBytes(paid, prover, i))
  const { certificate } = signEpoch(checkpoint, validators, 'credit').block
  const raw = Math.ceil(32 * Math.log2(accounts))
  return [
    {
      name: `(g) the whole credit of an account among ${accounts} proved, the most of ${proofs}, beside a certificate of ${certificate.length} bytes`,
      value: bytes,
      unit: 'bytes',
      raw,
      rawMeans: 'a hash per level of a full binary tree',
      ratio: raw / bytes,
      goal: '≤ 5 KB',
      reached: bytes <= creditBytesMax,
    },
  ]
}

async function creditBytes({ checkpoint, account }: PaidEpoch, prover: Prover, i: number): Promise<number> {
  const trusted = { crypto: nativeCrypto, checkpoint }
  const key = accountCellKey(account(i))
  const heard = await answersTo(prover, async reader => {
    const cell = await readCell(trusted, reader, accountCodec, key)
    if (cell?.credit !== creditOf(i)) throw new Error(`a credit of ${cell?.credit} was proved`)
  })
  return totalBytes(heard)
}

/** As a light node does it that trusts the checkpoint before. */
function follow(crypto: Crypto, { trusted, block }: SignedEpoch) {
  const opened = openLightBlock(crypto, block)
  const { epoch, time } = opened.checkpoint
  const bisection = new Bisection({ crypto, trusted, target: epoch, nowMs: time })
  bisection.take(opened)
  return bisection.trusted.checkpoint!
}

function checkSignatures(crypto: Crypto, { message, signatures }: SignedEpoch): void {
  for (const { key, signature } of signatures) {
    if (!crypto.verify(signature, message, key)) throw new Error('a signature that is none')
  }
}

/** As it crosses the network to somebody who knows none of it. */
function frameBytes({ block: { checkpoint, certificate, validators, params } }: SignedEpoch): number {
  return headers.item.encode({ checkpoint, certificate, blocks: [validators, params] }).length
}

function rounded(ms: number): number {
  return Number(ms.toFixed(1))
}
