import type { AccountKey } from '../../consensus/account.ts'
import type { ByteKey } from '../../consensus/bytes.ts'
import { accountCellKey } from '../../consensus/ledger/cells/account.ts'
import type { ProofRequest } from '../../consensus/light/proof/request.ts'
import { stateProof } from '../../consensus/merkle/state-proof.ts'
import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { Prover } from '../../src/proofs/prover.ts'
import type { View } from '../../src/store/view.ts'
import { leastSpent, type Measurement, spentOn } from './measure.ts'
import type { PaidEpoch } from './paid-epoch.ts'

const runs = 3
const perSecondMin = 500

/**
 * A full node that is asked what a light node asks for: a payout, its lines and the account's cell, in one request, of another account
 * each time. Against reading from the store what the proof of the cell takes; the trees of the payouts are in memory by then.
 */
export async function measureAnswering(
  { accounts, checkpoint: { epoch }, store, account }: PaidEpoch,
  prover: Prover,
  requests: number,
): Promise<Measurement[]> {
  const cold = new Prover(store)
  const first = await spentOn(() => cold.ask(requestFor(epoch, account(0))))
  await cold.close()
  await prover.ask(requestFor(epoch, account(0)))
  const asked = (run: number) => Array.from({ length: requests }, (_, i) => account((run * requests + i) * 31))
  const { processorMs, clockMs } = await leastSpent(runs, async run => {
    for (const one of asked(run)) await prover.ask(requestFor(epoch, one))
  })
  const view = await store.view()
  const read = Array.from({ length: runs }, (_, run) => asked(run).map(one => readsFor(view, one)))
  const raw = await leastSpent(runs, run => {
    for (const reads of read[run]!) reads()
  })
  await view.close()
  const perSecond = (ms: number): number => Math.round((requests / ms) * 1_000)
  return [
    {
      name: `(g) requests answered, each for a payout of ${accounts} with its lines and for the account's cell`,
      value: perSecond(processorMs),
      unit: 'a second of processor time',
      byClock: perSecond(clockMs),
      raw: perSecond(raw.processorMs),
      rawMeans: 'reading cell and pages from the store',
      ratio: raw.processorMs / processorMs,
      goal: `≥ ${perSecondMin}`,
      reached: perSecond(processorMs) >= perSecondMin,
    },
    {
      name: '(g) the first of them, which builds the trees of the epoch',
      value: Math.round(first.processorMs),
      unit: 'ms of processor time',
      byClock: Math.round(first.clockMs),
    },
  ]
}

function requestFor(epoch: number, account: AccountKey): ProofRequest {
  return {
    epoch,
    parts: [
      { type: 'find', tree: { name: 'payouts' }, key: account },
      { type: 'page', tree: { name: 'lines', account }, from: 0, max: 4096 },
      { type: 'state', key: accountCellKey(account) },
    ],
  }
}

/** Reads what the proof of an account's cell read. */
function readsFor({ state, pages }: View, account: AccountKey): () => void {
  const cell = accountCellKey(account)
  const keys: ByteKey[] = []
  const noting = (key: ByteKey) => {
    keys.push(key)
    return pages.get(key)
  }
  stateProof(crypto, { get: noting }, cell)
  return () => {
    state.get(cell)
    for (const key of keys) pages.get(key)
  }
}
