import type { AccountKey } from '../../consensus/account.ts'
import type { Amount } from '../../consensus/amount.ts'
import { compareKeys } from '../../consensus/bytes.ts'
import type { Cut, CutEntry } from '../../consensus/cut.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import {
  authorCutDivisor,
  byteFee,
  cutAuthorsMax,
  freeBytesMax,
  freeLaneDivisor,
  roundBytesMax,
} from '../../consensus/ledger/cut-rules.ts'
import type { Params } from '../../consensus/params.ts'
import type { Mempool, PendingBatch } from './mempool.ts'

export interface CutContext {
  readonly params: Params
  /** Head epoch. */
  readonly epoch: number
  readonly mempool: Mempool
  account(author: AccountKey): AccountCell
}

/** How much room a cut of a round has left, by the rules that execution checks again. */
class Room {
  readonly #params: Params
  #bytes: number
  #free: number

  constructor(params: Params, round: number) {
    this.#params = params
    this.#bytes = roundBytesMax(params, round)
    this.#free = Math.floor(params.maxEpochBytes / freeLaneDivisor)
  }

  /** Whether an author's part of so many bytes fits. */
  fits(partBytes: number, balance: Amount): boolean {
    const { maxEpochBytes } = this.#params
    if (partBytes > this.#bytes || partBytes > maxEpochBytes / authorCutDivisor) return false
    return this.#isPaid(partBytes, balance) || (partBytes <= freeBytesMax && partBytes <= this.#free)
  }

  take(partBytes: number, balance: Amount): void {
    this.#bytes -= partBytes
    if (!this.#isPaid(partBytes, balance)) this.#free -= partBytes
  }

  #isPaid(partBytes: number, balance: Amount): boolean {
    return byteFee(this.#params, partBytes) <= balance
  }
}

/** L18: what this node would finalize next: per author as much of its branch as fits, those who wait longest first. */
export function buildCut(context: CutContext, round: number): Cut {
  const room = new Room(context.params, round)
  const cut: CutEntry[] = []
  for (const author of context.mempool.authors()) {
    if (cut.length === cutAuthorsMax) break
    const account = context.account(author)
    let bytes = 0
    let last: PendingBatch | undefined
    for (const batch of context.mempool.branch(author, account)) {
      if (!room.fits(bytes + batch.bytes, account.balance)) break
      bytes += batch.bytes
      last = batch
    }
    if (last === undefined) continue
    room.take(bytes, account.balance)
    cut.push({ author, seq: last.seq, batch: last.cid })
  }
  return cut.sort((a, b) => compareKeys(a.author, b.author))
}

/** T9: whether there is anything of these authors to decide on. */
export function hasIncludable(context: CutContext, authors: readonly AccountKey[]): boolean {
  return authors.some(author => {
    const account = context.account(author)
    const first = context.mempool.branch(author, account)[0]
    return first !== undefined && new Room(context.params, 0).fits(first.bytes, account.balance)
  })
}

/** Decisions after which a batch may no longer be left out (T11). */
const inclusionDecisions = 2

/**
 * T11: a batch that a fresh proposal of round 0 leaves out without reason: held for two decisions, affordable with its whole
 * branch, without a known rival, and with room for it in the cut as proposed.
 */
export function censoredBatch(context: CutContext, cut: Cut, cutBytes: number): PendingBatch | undefined {
  const included = new Map(cut.map(entry => [entry.author, entry.seq]))
  const spare = roundBytesMax(context.params, 0) - cutBytes
  for (const author of context.mempool.authors()) {
    if (cut.length >= cutAuthorsMax && !included.has(author)) continue
    const account = context.account(author)
    const seq = included.get(author) ?? account.seq
    let bytes = 0
    let left = 0
    for (const batch of context.mempool.branch(author, account)) {
      // What follows a rival may hang on the one that the proposer doesn't have.
      if (context.mempool.hasRival(batch)) break
      bytes += batch.bytes
      if (batch.seq <= seq) continue
      left += batch.bytes
      const isOld = context.epoch - batch.arrival >= inclusionDecisions
      const fits = left <= spare && new Room(context.params, 0).fits(bytes, account.balance)
      if (!isOld || !fits) break
      // Who can't pay depends on the free lane's room, which others may have taken.
      if (byteFee(context.params, bytes) <= account.balance) return batch
    }
  }
  return undefined
}
