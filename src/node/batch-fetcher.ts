import type { AccountKey } from '../../consensus/account.ts'
import { fromKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Cut, CutEntry } from '../../consensus/cut.ts'
import type { LedgerError } from '../../consensus/errors.ts'
import { authorCutDivisor } from '../../consensus/ledger/cut-rules.ts'
import { batchCidsMax, pageBytesMax } from '../../network/limits.ts'
import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchesRequest, BatchFrame } from '../../network/protocols/batches.ts'
import { RequestError } from '../../network/request-error.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import { type Ingest, isForeignFault } from './ingest.ts'
import type { Ledger } from './ledger.ts'
import type { Mempool } from './mempool.ts'

/** The batch of a cut's chain after which, going back, this node knows no more. */
interface Lacking {
  readonly entry: CutEntry
  readonly cid: Cid
  readonly seq: number
  /** The author's last final seq. */
  readonly final: number
}

/** The newest batch of each author in a row of cuts. Only a hint: nothing has proven the later ones. */
export type NewestSeqs = ReadonlyMap<AccountKey, number>

export interface FetcherOptions {
  readonly ledger: Ledger
  readonly mempool: Mempool
  readonly ingest: Ingest
  readonly network: () => Pick<Network, 'peers' | 'request' | 'penalise'>
  readonly log: Log
}

/** Of an author: with less of it the next page may come too late for the engine to go on. */
const aheadBytes = pageBytesMax / 2

/** Pulls from peers what a cut needs: nobody votes for batches that it doesn't hold (T4). */
export class BatchFetcher {
  readonly #options: FetcherOptions

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  /**
   * Whether every batch of the cut is here after asking `first`, then the other peers. Whoever is asked for a page of them is asked
   * on through `ahead`: a node that catches up needs one request for many small epochs.
   */
  async complete(
    cut: Cut,
    first: PeerText | undefined,
    signal: AbortSignal,
    ahead: NewestSeqs = nothingAhead,
  ): Promise<boolean> {
    if (this.lacking(cut).length === 0) return true
    const others = this.#options
      .network()
      .peers()
      .map(({ id }) => id)
      .filter(id => id !== first)
    for (const peer of first === undefined ? others : [first, ...others]) {
      if (await this.#completeFrom(cut, peer, signal, ahead)) return true
    }
    return false
  }

  /**
   * One page of what leads on to `ahead`, unless enough is held. Nothing depends on it: whatever doesn't come, or finds no room, is
   * fetched with the cut that needs it.
   */
  async fetchAhead(
    ahead: NewestSeqs,
    peer: PeerText,
    signal: AbortSignal,
  ): Promise<'something' | 'nothing' | 'enough'> {
    const { ledger, mempool } = this.#options
    for (const [author, to] of ahead) {
      const account = ledger.account(author)
      const held = mempool.branch(author, account)
      const from = account.seq + held.length + 1
      if (from > to || held.reduce((sum, { bytes }) => sum + bytes, 0) >= aheadBytes) continue
      const isNew = await this.#ask({ author: fromKey(author), from, to }, peer, false, signal)
      return isNew ? 'something' : 'nothing'
    }
    return 'enough'
  }

  /** An author's batches from `from` through `to`, from one peer, as far as it has them and there is room for them. */
  async fetchRange(
    author: Uint8Array,
    from: number,
    to: number,
    peer: PeerText,
    signal: AbortSignal,
  ): Promise<boolean> {
    return this.#ask({ author, from, to }, peer, false, signal)
  }

  /** Per author the newest batch of its part that isn't here. */
  lacking(cut: Cut): Lacking[] {
    const lacking: Lacking[] = []
    for (const entry of cut) {
      const final = this.#options.ledger.account(entry.author).seq
      let cid: Cid | null = entry.batch
      let seq = entry.seq
      for (; cid !== null && seq > final; seq--) {
        const stored = this.#options.ingest.stored(cid)
        if (stored === undefined) {
          lacking.push({ entry, cid, seq, final })
          break
        }
        cid = stored.prev
      }
    }
    return lacking
  }

  /**
   * Long chains in pages, oldest first and within the mempool's bounds; what the pages don't bring is asked for by name, going
   * back from the newest, and goes past the bounds: what was decided can be had in any case.
   */
  async #completeFrom(cut: Cut, peer: PeerText, signal: AbortSignal, ahead: NewestSeqs): Promise<boolean> {
    for (let inPages = true; !signal.aborted; ) {
      const lacking = this.lacking(cut)
      if (lacking.length === 0) return true
      const page = inPages ? this.#nextPage(lacking, ahead) : undefined
      if (page !== undefined) {
        inPages = await this.#ask(page, peer, false, signal)
        continue
      }
      if (this.#isTooLarge(cut)) return false
      const cids = lacking.filter(missing => this.#isPlausible(missing)).map(({ cid }) => cid)
      if (cids.length === 0) return false
      if (!(await this.#ask({ cids: cids.slice(0, batchCidsMax) }, peer, true, signal))) return false
    }
    return false
  }

  #nextPage(lacking: readonly Lacking[], ahead: NewestSeqs): BatchesRequest | undefined {
    const { mempool, ledger } = this.#options
    for (const { entry, seq, final } of lacking) {
      const from = final + mempool.branch(entry.author, ledger.account(entry.author)).length + 1
      const to = Math.max(seq, ahead.get(entry.author) ?? 0)
      if (from <= seq && from < to) return { author: fromKey(entry.author), from, to }
    }
    return undefined
  }

  /** No cut may hold more of one author than its share: what leads back further than that isn't worth a request. */
  #isPlausible({ entry }: Lacking): boolean {
    return this.#heldBytes(entry) <= this.#options.ledger.head.params.maxEpochBytes / authorCutDivisor
  }

  /** What is held of it is more than a cut may have: nobody signs for a cut's size before it is here. */
  #isTooLarge(cut: Cut): boolean {
    const bytes = cut.reduce((sum, entry) => sum + this.#heldBytes(entry), 0)
    return bytes > this.#options.ledger.head.params.maxEpochBytes
  }

  /** Of an author's part, back to the first batch that isn't here. */
  #heldBytes({ batch }: CutEntry): number {
    let bytes = 0
    for (let at: Cid | null = batch; at !== null; ) {
      const held = this.#options.mempool.get(at)
      bytes += held?.bytes ?? 0
      at = held?.prev ?? null
    }
    return bytes
  }

  /** Whether the peer gave anything new of what it was asked for. */
  async #ask(request: BatchesRequest, peer: PeerText, wanted: boolean, signal: AbortSignal): Promise<boolean> {
    const { network, log } = this.#options
    let taken = false
    try {
      const frames = await network().request.batches(peer, request, signal)
      for (const frame of frames) taken = (await this.#take(frame, request, peer, wanted)) || taken
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      log.debug({ peer, error: error.message }, 'a peer did not give batches')
    }
    return taken
  }

  async #take(frame: BatchFrame, request: BatchesRequest, peer: PeerText, wanted: boolean): Promise<boolean> {
    const { ingest, network } = this.#options
    try {
      // What nobody asked for must not go past the bounds, so it is looked at before it is taken in.
      if ('cids' in request && !isAskedFor(request.cids, frame)) {
        network().penalise(peer, 'batch-unasked', 'major')
        return false
      }
      const { outcome } = await ingest.take(frame, { durable: false, wanted })
      return outcome === 'added'
    } catch (error) {
      if (!isForeignFault(error)) throw error
      network().penalise(peer, `batch-${(error as LedgerError).code}`, 'major')
      return false
    }
  }
}

const nothingAhead: NewestSeqs = new Map()

function isAskedFor(cids: readonly Cid[], { header }: BatchFrame): boolean {
  const cid = Cid.of(crypto, header)
  return cids.some(asked => asked.equals(cid))
}
