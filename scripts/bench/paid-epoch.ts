import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccountKey } from '../../consensus/account.ts'
import { compareKeys, toKey } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { type Checkpoint, encodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import { accountCellKey, accountCodec } from '../../consensus/ledger/cells/account.ts'
import { encodeCell } from '../../consensus/ledger/cells/cell.ts'
import type { CreditedPayout } from '../../consensus/ledger/execute.ts'
import { Committer } from '../../consensus/ledger/flow/commitment.ts'
import { encodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import type { CreditLine, Role } from '../../consensus/ledger/flow/payouts.ts'
import { updateStateTree } from '../../consensus/merkle/state-tree.ts'
import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { Store } from '../../src/store/store.ts'
import { hashOf } from './economy.ts'

/** A store with one epoch, in which every account was paid. */
export interface PaidEpoch {
  readonly accounts: number
  readonly checkpoint: Checkpoint
  readonly store: Store
  readonly account: (i: number) => AccountKey
}

/** One account in so many has more than two lines. */
export const manyLinesEvery = 1_000
export const manyLines = 16

const creditBefore = 10_000

/** Lays one down in a folder that goes away after `measure`. */
export async function withPaidEpoch<T>(accounts: number, measure: (paid: PaidEpoch) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  try {
    const paid = await layDown(dir, accounts)
    try {
      return await measure(paid)
    } finally {
      await paid.store.close()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function layDown(dir: string, accounts: number): Promise<PaidEpoch> {
  const payouts = Array.from({ length: accounts }, (_, i) => payoutOf(i))
  const keys = payouts.map(({ account }) => account)
  payouts.sort((a, b) => compareKeys(a.account, b.account))
  const state = payouts.map(({ account, creditAfter }) => {
    const cell = { balance: 1_000_000, credit: creditAfter, seq: 0, head: null }
    return [accountCellKey(account), encodeCell(accountCodec, cell)] as const
  })
  const { root, pages } = updateStateTree(crypto, { get: () => undefined }, state)
  const genesis = encode('bench')
  const checkpoint = checkpointOf(Cid.of(crypto, genesis), payouts, root)
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
  return { accounts, checkpoint, store, account: i => keys[i % accounts]! }
}

/** After the epoch, in µOPEN. */
export function creditOf(i: number): number {
  return payoutOf(i).creditAfter
}

function payoutOf(i: number): CreditedPayout {
  const origins = Array.from({ length: i % manyLinesEvery === 0 ? manyLines - 1 : 1 }, (_, k) =>
    lineOf('origin', hashOf(i, k + 2), 500),
  ).sort((a, b) => compareKeys(a.source, b.source))
  const lines = [lineOf('executor', hashOf(i, 1), 1_000 + i), ...origins]
  const amount = lines.reduce((sum, line) => sum + line.amount, 0)
  return { account: toKey(hashOf(i, 11)), amount, creditAfter: creditBefore + amount, lines }
}

function lineOf(role: Role, source: Uint8Array, amount: number): CreditLine {
  return { role, source: `${toKey(source)}\0\0`, amount }
}

/** The links are all one name: nothing here follows them. */
function checkpointOf(anyCid: Cid, payouts: readonly CreditedPayout[], stateRoot: Uint8Array): Checkpoint {
  const none = new Uint8Array(32)
  const paid = payouts.reduce((sum, { amount }) => sum + amount, 0)
  return {
    chain: anyCid,
    epoch: 1,
    prev: anyCid,
    time: 1,
    batchesRoot: none,
    flowRoot: none,
    payoutRoot: new Committer(crypto).payoutRoot(payouts, ({ amount }) => creditBefore + amount),
    stateRoot,
    totals: { fees: 0, paid, waiting: 0, accrued: 0, treasury: 0 },
    usage: { inferences: 0, actions: 0, payers: 0, payees: 0, paid: payouts.length },
    validators: anyCid,
    nextValidators: anyCid,
    params: anyCid,
    lastCertificate: null,
  }
}
