import type { ByteKey } from '../../consensus/bytes.ts'
import type { Checkpoint } from '../../consensus/checkpoint.ts'
import { type Crypto, nobleCrypto } from '../../consensus/crypto.ts'
import { accountCellKey, accountCodec } from '../../consensus/ledger/cells/account.ts'
import { readCell } from '../../consensus/light/proof/cell.ts'
import { readPayout } from '../../consensus/light/proof/payout.ts'
import type { ProofReader } from '../../consensus/light/proof/reader.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import { Prover } from '../../src/proofs/prover.ts'
import { answersTo, type Reading, readAgain, totalBytes } from './heard-answers.ts'
import { bestMsAsync, type Measurement } from './measure.ts'
import { type PaidEpoch, withPaidEpoch } from './paid-epoch.ts'

/** (f) Proofs: a full node that answers, and a light node that checks, with so many accounts paid in the epoch. */
export function measureProofs(accounts: number, requests: number): Promise<Measurement[]> {
  return withPaidEpoch(accounts, async paid => {
    const prover = new Prover(paid.store)
    try {
      return [...(await measureAnswers(paid, prover, requests)), ...(await measureChecks(paid, prover))]
    } finally {
      await prover.close()
    }
  })
}

async function measureAnswers({ account }: PaidEpoch, prover: Prover, requests: number): Promise<Measurement[]> {
  const perSecond = async (ask: (i: number) => Promise<unknown>): Promise<number> => {
    await ask(0)
    const ms = await bestMsAsync(3, async run => {
      for (let i = 0; i < requests; i++) await ask(run * requests + i)
    })
    return Math.round((requests / ms) * 1_000)
  }
  const tree = { name: 'payouts' } as const
  const payout = await perSecond(i =>
    prover.ask({
      epoch: 1,
      parts: [
        { type: 'find', tree, key: account(i * 31) },
        { type: 'page', tree: { name: 'lines', account: account(i * 31) }, from: 0, max: 4096 },
      ],
    }),
  )
  const state = await perSecond(i =>
    prover.ask({ epoch: 1, parts: [{ type: 'state', key: accountCellKey(account(i * 17)) }] }),
  )
  const reached = (value: number) => ({ goal: '≥ 500', reached: value >= 500 })
  return [
    { name: '(f) payouts proved with their lines, a request each', value: payout, unit: '1/s', ...reached(payout) },
    { name: '(f) cells of the state proved, a request each', value: state, unit: '1/s', ...reached(state) },
  ]
}

async function measureChecks({ checkpoint, account }: PaidEpoch, prover: Prover): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const [name, crypto, goal] of [
    ['native', nativeCrypto, 50],
    ['noble', nobleCrypto, 200],
  ] as const) {
    const payout = await check(prover, reader => readPayout({ crypto, checkpoint }, reader, account(12_345)))
    const cell = await check(prover, reader => readAccount(crypto, checkpoint, reader, account(12_345)))
    measurements.push(
      {
        name: `(f) one payout with its lines checked, ${name}; ${payout.bytes} bytes`,
        value: payout.ms,
        unit: 'ms',
        goal: `≤ ${goal}, ≤ 20 KB`,
        reached: payout.ms <= goal && payout.bytes <= 20_000,
      },
      {
        name: `(f) one account’s cell checked, ${name}; ${cell.bytes} bytes`,
        value: cell.ms,
        unit: 'ms',
        goal: '≤ 5 KB',
        reached: cell.bytes <= 5_000,
      },
    )
  }
  return measurements
}

function readAccount(crypto: Crypto, checkpoint: Checkpoint, reader: ProofReader, account: ByteKey): Promise<unknown> {
  return readCell({ crypto, checkpoint }, reader, accountCodec, accountCellKey(account))
}

/** Only the checking: what the prover says is said before. */
async function check(prover: Prover, read: Reading<unknown>) {
  const heard = await answersTo(prover, read)
  const ms = await bestMsAsync(5, async () => void (await readAgain(heard, read)))
  return { ms: Number(ms.toFixed(2)), bytes: totalBytes(heard) }
}
