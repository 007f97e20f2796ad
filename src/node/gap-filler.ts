import type { AccountKey } from '../../consensus/account.ts'
import { toKey } from '../../consensus/bytes.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchFetcher } from './batch-fetcher.ts'
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

/** At most so many authors are asked for at a time. */
const gapsAtOnce = 16

/** Gossip may lose a batch in the middle of an author's chain: who sent the one after it is asked for what lies between. */
export class GapFiller {
  readonly #options: GapFillerOptions
  readonly #gaps = new Map<AccountKey, { author: Uint8Array; from: PeerText }>()

  constructor(options: GapFillerOptions) {
    this.#options = options
  }

  /** A batch of this author (32 bytes) came from a peer. */
  look(author: Uint8Array, from: PeerText): void {
    const key = toKey(author)
    if (this.#gapOf(key) !== undefined) this.#gaps.set(key, { author, from })
  }

  /** Asks for what is missing still; from time to time, and not for each batch anew. */
  fill(): void {
    const { fetcher, signal, onFilled, onFatal } = this.#options
    for (const [key, { author, from }] of [...this.#gaps].slice(0, gapsAtOnce)) {
      this.#gaps.delete(key)
      const gap = this.#gapOf(key)
      if (gap === undefined) continue
      fetcher
        .fetchRange(author, gap.first, gap.last, from, signal)
        .then(isNew => isNew && onFilled())
        .catch(onFatal)
    }
  }

  #gapOf(author: AccountKey): { readonly first: number; readonly last: number } | undefined {
    const { ledger, mempool } = this.#options
    const head = ledger.account(author)
    const before = mempool.gapBefore(author, head)
    if (before === undefined) return undefined
    return { first: head.seq + mempool.branch(author, head).length + 1, last: before - 1 }
  }
}
