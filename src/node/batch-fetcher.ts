import type { AccountKey } from '../../consensus/account.ts'
import { fromKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Cut } from '../../consensus/cut.ts'
import type { LedgerError } from '../../consensus/errors.ts'
import { batchCidsMax, pageBytesMax } from '../../network/limits.ts'
import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchesRequest, BatchFrame } from '../../network/protocols/batches.ts'
import { RequestError } from '../../network/request-error.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import { HeldCut, type HeldPart } from './held-cut.ts'
import { type Ingest, isForeignFault } from './ingest.ts'
import type { Ledger } from './ledger.ts'
import type { Mempool } from './mempool.ts'

/** The newest batch of each author in a row of cuts. Only a hint: nothing has proven the later ones. */
export type NewestSeqs = ReadonlyMap<AccountKey, number>

/** Whether a peer gave anything new of what it was asked for; `busy`: it was asked too much, and says so. */
export type Given = 'something' | 'nothing' | 'busy'

export interface FetcherOptions {
  readonly ledger: Ledger
  readonly mempool: Mempool
  readonly ingest: Ingest
  readonly network: () => Pick<Network, 'peers' | 'request' | 'penalise'>
  readonly log: Log
}

/** A cut on its way here. */
interface Fetched {
  readonly held: HeldCut
  readonly ahead: NewestSeqs
  /** A quorum stands behind it: it comes whole, whatever it costs. */
  readonly isDecided: boolean
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
   * Whether every batch of a decided cut is here after asking `first`, then the other peers. Whoever is asked for a page of them is
   * asked on through `ahead`: a node that catches up needs one request for many small epochs.
   */
  complete(
    cut: Cut,
    first: PeerText | undefined,
    signal: AbortSignal,
    ahead: NewestSeqs = nothingAhead,
  ): Promise<boolean> {
    return this.#complete({ held: this.#held(cut), ahead, isDecided: true }, first, signal)
  }

  /**
   * Likewise of a proposed one. Throws CutError as soon as what came breaks a rule by which execution would refuse it here and
   * everywhere: a proposer could else fill all disks with what nobody pays for.
   */
  async completeProposed(cut: Cut, first: PeerText | undefined, signal: AbortSignal): Promise<boolean> {
    return this.#complete({ held: this.#held(cut), ahead: nothingAhead, isDecided: false }, first, signal)
  }

  async #complete(cut: Fetched, first: PeerText | undefined, signal: AbortSignal): Promise<boolean> {
    if (cut.held.lacking.length === 0) return true
    const others = this.#options
      .network()
      .peers()
      .map(({ id }) => id)
      .filter(id => id !== first)
    for (const peer of first === undefined ? others : [first, ...others]) {
      if (await this.#completeFrom(cut, peer, signal)) return true
    }
    return false
  }

  #held(cut: Cut): HeldCut {
    const { ledger, ingest } = this.#options
    return new HeldCut(cut, ledger, cid => ingest.stored(cid))
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
      const given = await this.#ask({ author: fromKey(author), from, to }, peer, undefined, signal)
      return given === 'something' ? given : 'nothing'
    }
    return 'enough'
  }

  /** An author's batches from `from` through `to`, from one peer, as far as it has them and there is room for them. */
  async fetchRange(author: Uint8Array, from: number, to: number, peer: PeerText, signal: AbortSignal): Promise<Given> {
    return this.#ask({ author, from, to }, peer, undefined, signal)
  }

  /** Per author the newest batch of its part that isn't here. */
  lacking(cut: Cut): readonly HeldPart[] {
    return this.#held(cut).lacking
  }

  /**
   * Long chains in pages, oldest first and within the mempool's bounds; what the pages don't bring is asked for by name, going
   * back from the newest, and goes past the bounds: what was decided can be had in any case.
   */
  async #completeFrom(cut: Fetched, peer: PeerText, signal: AbortSignal): Promise<boolean> {
    const { held } = cut
    for (let inPages = true; !signal.aborted; ) {
      held.advance()
      if (held.lacking.length === 0) return true
      if (!cut.isDecided) held.expectPaid()
      const page: BatchesRequest | undefined = inPages ? this.#nextPage(cut) : undefined
      if (page !== undefined) {
        inPages = (await this.#ask(page, peer, undefined, signal)) === 'something'
        continue
      }
      const cids = namesOf(held)
      if (cids.length === 0 || (await this.#ask({ cids }, peer, cut, signal)) !== 'something') return false
    }
    return false
  }

  #nextPage({ held, ahead }: Fetched): BatchesRequest | undefined {
    for (const { entry, seq, account } of held.lacking) {
      const from = account.seq + this.#options.mempool.branch(entry.author, account).length + 1
      const to = Math.max(seq, ahead.get(entry.author) ?? 0)
      if (from <= seq && from < to) return { author: fromKey(entry.author), from, to }
    }
    return undefined
  }

  /** What a cut wants goes past the bounds. */
  async #ask(
    request: BatchesRequest,
    peer: PeerText,
    wantedBy: Fetched | undefined,
    signal: AbortSignal,
  ): Promise<Given> {
    const { network, log } = this.#options
    let given: Given = 'nothing'
    try {
      const frames = await network().request.batches(peer, request, signal)
      for (const frame of frames) {
        // The epoch may be over, and what it wanted with it.
        if (signal.aborted) break
        const cid = await this.#take(frame, request, peer, wantedBy !== undefined)
        if (cid === undefined) continue
        given = 'something'
        // A page of what is past the bounds would be much: one batch more than may be is the most.
        if (wantedBy === undefined || wantedBy.isDecided) continue
        wantedBy.held.advanceOn(cid)
        wantedBy.held.expectPaid()
      }
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      log.debug({ peer, error: error.message }, 'a peer did not give batches')
      if (error.facts.reason === 'busy') return 'busy'
    }
    return given
  }

  /** The batch, if it is new. */
  async #take(frame: BatchFrame, request: BatchesRequest, peer: PeerText, wanted: boolean): Promise<Cid | undefined> {
    const { ingest, network } = this.#options
    try {
      // What nobody asked for must not go past the bounds, so it is looked at before it is taken in.
      if ('cids' in request && !isAskedFor(request.cids, frame)) {
        network().penalise(peer, 'batch-unasked', 'major')
        return undefined
      }
      const { outcome, batch } = await ingest.take(frame, { durable: false, wanted })
      return outcome === 'added' ? batch.cid : undefined
    } catch (error) {
      if (!isForeignFault(error)) throw error
      network().penalise(peer, `batch-${(error as LedgerError).code}`, 'major')
      return undefined
    }
  }
}

const nothingAhead: NewestSeqs = new Map()

function isAskedFor(cids: readonly Cid[], { header }: BatchFrame): boolean {
  const cid = Cid.of(crypto, header)
  return cids.some(asked => asked.equals(cid))
}

/** What is worth being asked for next. */
function namesOf(cut: HeldCut): Cid[] {
  const cids: Cid[] = []
  if (cut.isTooLarge) return cids
  for (const part of cut.lacking) {
    if (cids.length === batchCidsMax) break
    if (part.cid !== null && cut.isPlausible(part)) cids.push(part.cid)
  }
  return cids
}
