import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import { freeLaneDivisor } from '../../consensus/ledger/cut-rules.ts'

/** A batch that is held and not final. */
export interface PendingBatch {
  readonly cid: Cid
  readonly author: AccountKey
  readonly seq: number
  readonly prev: Cid | null
  /** Of header, signature and body. */
  readonly bytes: number
  /** Epoch of the head when it came: T11 counts decisions from here. */
  readonly arrival: number
}

interface Arrived extends PendingBatch {
  readonly order: number
  readonly lane: Lane
}

/**
 * Which room a batch takes. `free`: as things stand nobody pays for it, since its author can't or something is missing before it; all of
 * these have an eighth together, or those who pay could be shut out for nothing. `wanted`: a cut that may become final needs it, so no
 * bound keeps it out until the epoch is final.
 */
export type Lane = 'paid' | 'free' | 'wanted'

/** Where an author's final chain ends. */
export interface AuthorHead {
  readonly seq: number
  readonly head: Cid | null
}

/** Bounds of what is held for others without being paid for it. */
export interface MempoolLimits {
  readonly bytesMax: number
  readonly authorBytesMax: number
  /** The index of an author is searched from end to end. */
  readonly authorBatchesMax: number
  readonly rivalsMax: number
}

export type AddOutcome = 'added' | 'known' | 'full' | 'author-full' | 'too-many-rivals'

/**
 * Records outside a checkpoint: bounded and expirable (T11). An index over batches that the store keeps; the order of arrival
 * decides which of two rivals this node would finalize, and who goes when it is full.
 */
export class Mempool {
  readonly #limits: MempoolLimits
  readonly #byAuthor = new Map<AccountKey, Arrived[]>()
  readonly #byCid = new Map<string, Arrived>()
  /** Authors with batches that nobody has asked for yet. */
  readonly #arrived = new Set<AccountKey>()
  #bytes = 0
  #freeBytes = 0
  #arrivals = 0

  constructor(limits: MempoolLimits) {
    this.#limits = limits
  }

  get bytesMax(): number {
    return this.#limits.bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#byCid.size
  }

  has(cid: Cid): boolean {
    return this.#byCid.has(cid.key)
  }

  get(cid: Cid): PendingBatch | undefined {
    return this.#byCid.get(cid.key)
  }

  add(batch: PendingBatch, lane: Lane = 'paid'): AddOutcome {
    if (this.#byCid.has(batch.cid.key)) return 'known'
    const own = this.#byAuthor.get(batch.author) ?? []
    const refusal = lane === 'wanted' ? undefined : this.#refusal(batch, own, lane)
    if (refusal !== undefined) return refusal
    this.#insert({ ...batch, order: this.#arrivals++, lane })
    this.#arrived.add(batch.author)
    return 'added'
  }

  #insert(arrived: Arrived): void {
    const own = this.#byAuthor.get(arrived.author) ?? []
    const { seq, order } = arrived
    const after = own.findLastIndex(held => held.seq < seq || (held.seq === seq && held.order < order))
    own.splice(after + 1, 0, arrived)
    this.#byAuthor.set(arrived.author, own)
    this.#byCid.set(arrived.cid.key, arrived)
    this.#count(arrived, 1)
  }

  #count({ bytes, lane }: Arrived, sign: 1 | -1): void {
    this.#bytes += sign * bytes
    if (lane === 'free') this.#freeBytes += sign * bytes
  }

  /** Authors of whom something came since the last call. */
  takeArrived(): AccountKey[] {
    const arrived = [...this.#arrived]
    this.#arrived.clear()
    return arrived
  }

  #refusal(batch: PendingBatch, own: readonly PendingBatch[], lane: Lane): AddOutcome | undefined {
    const { bytesMax, authorBytesMax, authorBatchesMax, rivalsMax } = this.#limits
    const authorBytes = own.reduce((sum, held) => sum + held.bytes, 0)
    if (authorBytes + batch.bytes > authorBytesMax || own.length >= authorBatchesMax) return 'author-full'
    if (own.filter(held => held.seq === batch.seq).length >= rivalsMax) return 'too-many-rivals'
    if (lane === 'free' && this.#freeBytes + batch.bytes > bytesMax / freeLaneDivisor) return 'full'
    // The younger goes first: when there is no room, that is the one that just came.
    return this.#bytes + batch.bytes > bytesMax ? 'full' : undefined
  }

  /** Drops everything of an author up to a final `seq`, and tells what it was. */
  finalize(author: AccountKey, seq: number): PendingBatch[] {
    return this.#drop(author, held => held.seq <= seq)
  }

  /** Drops what came before `epoch`: gaps that nobody fills and branches that became void would stay for ever. */
  expire(epoch: number): PendingBatch[] {
    return [...this.#byAuthor.keys()].flatMap(author => this.#drop(author, held => held.arrival < epoch))
  }

  /**
   * Once an epoch is final: what only its cuts wanted takes its place among the others, by the lane that it has now. Drops what finds
   * none, and tells what it was.
   */
  release(laneOf: (batch: PendingBatch) => Lane): PendingBatch[] {
    // All leave before the first comes back: none may be in another's way, or in its own.
    const wanted = this.authors().flatMap(author => this.#drop(author, held => held.lane === 'wanted'))
    return wanted.filter(batch => {
      const lane = laneOf(batch)
      if (this.#refusal(batch, this.#byAuthor.get(batch.author) ?? [], lane) !== undefined) return true
      this.#insert({ ...batch, lane })
      return false
    })
  }

  #drop(author: AccountKey, isMeant: (held: Arrived) => boolean): Arrived[] {
    const own = this.#byAuthor.get(author) ?? []
    const dropped = own.filter(isMeant)
    if (dropped.length === 0) return dropped
    for (const held of dropped) {
      this.#byCid.delete(held.cid.key)
      this.#count(held, -1)
    }
    const kept = own.filter(held => !isMeant(held))
    if (kept.length > 0) this.#byAuthor.set(author, kept)
    else {
      this.#byAuthor.delete(author)
      // While a node catches up nobody asks, and all authors of the ledger go by.
      this.#arrived.delete(author)
    }
    return dropped
  }

  /** Authors with pending batches, those that have waited longest first. */
  authors(): AccountKey[] {
    const oldest = [...this.#byAuthor].map(
      ([author, own]) => [author, own.reduce((least, { order }) => Math.min(least, order), this.#arrivals)] as const,
    )
    return oldest.sort(([, a], [, b]) => a - b).map(([author]) => author)
  }

  /** The batches that would follow an author's head, without a gap; of rivals the first that came. */
  branch(author: AccountKey, { seq, head }: AuthorHead): PendingBatch[] {
    const own = this.#byAuthor.get(author) ?? []
    const branch: PendingBatch[] = []
    let last = head
    for (const held of own) {
      const follows =
        held.seq === seq + branch.length + 1 && (last === null ? held.prev === null : held.prev?.equals(last))
      if (follows !== true) continue
      branch.push(held)
      last = held.cid
    }
    return branch
  }

  hasRival({ author, seq, cid }: PendingBatch): boolean {
    return (this.#byAuthor.get(author) ?? []).some(held => held.seq === seq && !held.cid.equals(cid))
  }

  /** The lowest seq held that doesn't connect to `head`: what is missing lies before it. */
  gapBefore(author: AccountKey, head: AuthorHead): number | undefined {
    const connected = head.seq + this.branch(author, head).length
    return this.#byAuthor.get(author)?.find(held => held.seq > connected + 1)?.seq
  }
}
