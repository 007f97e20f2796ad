import type { AccountKey } from '../../consensus/account.ts'
import { toKey } from '../../consensus/bytes.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchFetcher, Given } from './batch-fetcher.ts'
import type { Ledger } from './ledger.ts'
import type { Mempool } from './mempool.ts'

export interface GapFillerOptions {
  readonly ledger: Pick<Ledger, 'account'>
  readonly mempool: Pick<Mempool, 'branch' | 'gapBefore'>
  readonly fetcher: Pick<BatchFetcher, 'fetchRange'>
  readonly signal: AbortSignal
  /** What was missing came. */
  readonly onFilled: () => void
  readonly onFatal: (error: Error) => void
}

/** How often `fill` is to be called: peers are asked for what lies before a batch from time to time, not for each batch anew. */
export const gapMs = 200
/**
 * Asks under way to one peer: one fewer than a peer answers at once, or a cut under way would wait behind them. 15 a second are the most,
 * well below what a peer takes: strangers can make any number of gaps, which must not turn nodes into floods for each other.
 */
const asksPerPeer = 3
/** Calls of `fill` that go by before a peer is asked again that said it was busy: 2 s. */
const busyFills = 10
/** Authors with gaps that are remembered. One too many is fetched with the cut that needs it. */
const gapsMax = 2_048

interface Gap {
  readonly author: Uint8Array
  /** Who sent what comes after it. */
  readonly from: PeerText
}

/** Gossip may lose a batch in the middle of an author's chain: who sent the one after it is asked for what lies between. */
export class GapFiller {
  readonly #options: GapFillerOptions
  /** Those that have waited longest first. */
  readonly #gaps = new Map<AccountKey, Gap>()
  /** By peer, only while there are any. */
  readonly #underWay = new Map<PeerText, number>()
  /** Calls of `fill` that a busy peer is left alone for. */
  readonly #pauses = new Map<PeerText, number>()

  constructor(options: GapFillerOptions) {
    this.#options = options
  }

  /** A batch of this author (32 bytes) came from a peer. */
  look(author: Uint8Array, from: PeerText): void {
    const key = toKey(author)
    if (this.#missing(key) === undefined) return
    if (!this.#gaps.has(key) && this.#gaps.size >= gapsMax) this.#makeRoom()
    this.#gaps.set(key, { author, from })
  }

  /** Asks for what is missing still, each peer for a little. */
  fill(): void {
    for (const [peer, fills] of this.#pauses) {
      if (fills > 1) this.#pauses.set(peer, fills - 1)
      else this.#pauses.delete(peer)
    }
    for (const [key, gap] of this.#gaps) {
      if (this.#pauses.has(gap.from) || this.#asksOf(gap.from) >= asksPerPeer) continue
      this.#gaps.delete(key)
      const missing = this.#missing(key)
      if (missing !== undefined) this.#ask(gap, missing).catch(this.#options.onFatal)
    }
  }

  async #ask({ author, from }: Gap, { first, last }: { readonly first: number; readonly last: number }): Promise<void> {
    const { fetcher, signal, onFilled } = this.#options
    this.#underWay.set(from, this.#asksOf(from) + 1)
    let given: Given
    try {
      given = await fetcher.fetchRange(author, first, last, from, signal)
    } finally {
      const left = this.#asksOf(from) - 1
      if (left > 0) this.#underWay.set(from, left)
      else this.#underWay.delete(from)
    }
    if (given === 'nothing' || signal.aborted) return
    if (given === 'busy') this.#pauses.set(from, busyFills)
    else onFilled()
    // All of it, or what a page left over.
    this.look(author, from)
  }

  #asksOf(peer: PeerText): number {
    return this.#underWay.get(peer) ?? 0
  }

  /** Whoever brought the most gives up its oldest: a peer that makes gaps must not shut out those of others. */
  #makeRoom(): void {
    const byPeer = [...Map.groupBy(this.#gaps, ([, { from }]) => from).values()]
    const most = byPeer.reduce((a, b) => (b.length > a.length ? b : a))
    this.#gaps.delete(most[0]![0])
  }

  #missing(author: AccountKey): { readonly first: number; readonly last: number } | undefined {
    const { ledger, mempool } = this.#options
    const head = ledger.account(author)
    const before = mempool.gapBefore(author, head)
    if (before === undefined) return undefined
    return { first: head.seq + mempool.branch(author, head).length + 1, last: before - 1 }
  }
}
