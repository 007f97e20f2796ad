import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ByteKey, toKey } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { type Checkpoint, encodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import { type Crypto, nobleCrypto } from '../../consensus/crypto.ts'
import { accountCellKey, accountCodec } from '../../consensus/ledger/cells/account.ts'
import { encodeCell } from '../../consensus/ledger/cells/cell.ts'
import { Committer } from '../../consensus/ledger/flow/commitment.ts'
import { encodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import { readCell } from '../../consensus/light/proof/cell.ts'
import { walkBoundsDefault } from '../../consensus/light/proof/limits.ts'
import { readPayout } from '../../consensus/light/proof/payout.ts'
import { ProofReader, type ProofSource } from '../../consensus/light/proof/reader.ts'
import { updateStateTree } from '../../consensus/merkle/state-tree.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import { Prover } from '../../src/proofs/prover.ts'
import { Store } from '../../src/store/store.ts'
import { hashOf } from './economy.ts'
import { bestMsAsync, type Measurement } from './measure.ts'

interface Proving {
  readonly checkpoint: Checkpoint
  readonly store: Store
  readonly account: (i: number) => ByteKey
}

/** (f) Proofs: a full node that answers, and a light node that checks, with so many accounts paid in the epoch. */
export async function measureProofs(accounts: number, requests: number): Promise<Measurement[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-proofs-'))
  const proving = await layDown(dir, accounts)
  const prover = new Prover(proving.store)
  try {
    return [...(await measureAnswers(proving, prover, requests)), ...(await measureChecks(proving, prover))]
  } finally {
    await prover.close()
    await proving.store.close()
    rmSync(dir, { recursive: true })
  }
}

async function measureAnswers({ account }: Proving, prover: Prover, requests: number): Promise<Measurement[]> {
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

async function measureChecks({ checkpoint, account }: Proving, prover: Prover): Promise<Measurement[]> {
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
async function check(prover: Prover, read: (reader: ProofReader) => Promise<unknown>) {
  const heard: Uint8Array[] = []
  const hearing: ProofSource = {
    async ask(request) {
      const answer = await prover.ask(request)
      heard.push(answer)
      return answer
    },
  }
  await read(new ProofReader(hearing, walkBoundsDefault))
  const ms = await bestMsAsync(5, async () => {
    let next = 0
    const source: ProofSource = { ask: async () => heard[next++]! }
    await read(new ProofReader(source, walkBoundsDefault))
  })
  return { ms: Number(ms.toFixed(2)), bytes: heard.reduce((sum, { length }) => sum + length, 0) }
}

/** A store with one epoch, in which every account was paid. */
async function layDown(dir: string, accounts: number): Promise<Proving> {
  const keys = Array.from({ length: accounts }, (_, i) => toKey(hashOf(i, 11)))
  const payouts = [...keys].sort().map((account, i) => {
    const lines = [
      { role: 'executor', source: `${toKey(hashOf(i, 1))}\0\0`, amount: 1_000 + i },
      { role: 'origin', source: `${toKey(hashOf(i, 2))}\0\0`, amount: 500 },
    ] as const
    return { account, amount: 1_500 + i, creditAfter: 10_000 + i, lines }
  })
  const committer = new Committer(nativeCrypto)
  const cell = encodeCell(accountCodec, { balance: 1_000_000, credit: 10_000, seq: 0, head: null })
  const state = keys.map(account => [accountCellKey(account), cell] as const)
  const { root, pages } = updateStateTree(nativeCrypto, { get: () => undefined }, state)
  const none = new Uint8Array(32)
  const genesis = encode('bench')
  const anyCid = Cid.of(nativeCrypto, genesis)
  const checkpoint: Checkpoint = {
    chain: anyCid,
    epoch: 1,
    prev: anyCid,
    time: 1,
    batchesRoot: none,
    flowRoot: none,
    payoutRoot: committer.payoutRoot(payouts, payout => payout.amount - 1_500 + 10_000),
    stateRoot: root,
    totals: {
      fees: 0,
      paid: payouts.reduce((sum, { amount }) => sum + amount, 0),
      waiting: 0,
      accrued: 0,
      treasury: 0,
    },
    usage: { inferences: 0, actions: 0, payers: 0, payees: 0, paid: accounts },
    validators: anyCid,
    nextValidators: anyCid,
    params: anyCid,
    lastCertificate: null,
  }
  const store = await Store.open(dir, { create: true, multithreading: false })
  await store.beginAtGenesis(genesis, { state: [], pages: [], blocks: [] })
  await store.commitEpoch({
    epoch: 1,
    record: { checkpoint: encodeCheckpoint(checkpoint), certificate: encode(null), cut: encode([]) },
    lastCertificate: null,
    outcomes: [],
    state,
    pages,
    blocks: [],
    payoutChunks: encodePayouts(payouts),
    flowChunks: [],
  })
  return { checkpoint, store, account: i => keys[i % accounts]! }
}
