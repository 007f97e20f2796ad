import { decodeHeader } from '../../consensus/batch.ts'
import { fromKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Cut, CutEntry } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { batchCidsMax } from '../../network/limits.ts'
import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchFrame } from '../../network/protocols/batches.ts'
import type { Ingest } from './ingest.ts'
import type { Ledger } from './ledger.ts'

/** A batch that a cut needs and this node lacks. */
interface Lacking {
  readonly entry: CutEntry
  readonly cid: Cid
  readonly seq: number
  /** The author's last final seq. */
  readonly final: number
}

/** Pulls from peers what a cut needs: nobody votes for batches that it doesn't hold (T4). */
export class BatchFetcher {
  readonly #ledger: Ledger
  readonly #ingest: Ingest
  readonly #network: () => Network
  readonly #log: Log

  constructor(ledger: Ledger, ingest: Ingest, network: () => Network, log: Log) {
    this.#ledger = ledger
    this.#ingest = ingest
    this.#network = network
    this.#log = log
  }

  /** Whether every batch of the cut is here after asking `first`, then the other peers. */
  async complete(cut: Cut, first: PeerText | undefined, signal: AbortSignal): Promise<boolean> {
    const others = this.#network()
      .peers()
      .map(({ id }) => id)
      .filter(id => id !== first)
    for (const peer of first === undefined ? others : [first, ...others]) {
      while (!signal.aborted) {
        const lacking = this.lacking(cut)
        if (lacking.length === 0) return true
        if (!(await this.#askFor(lacking, peer, signal))) break
      }
    }
    return this.lacking(cut).length === 0
  }

  /** An author's batches from `from` through `to`, from one peer, as far as it has them. */
  async fetchRange(author: Uint8Array, from: number, to: number, peer: PeerText, signal: AbortSignal): Promise<void> {
    try {
      const frames = await this.#network().request.batches(peer, { author, from, to }, signal)
      for (const frame of frames) await this.#take(frame, peer, false)
    } catch (error) {
      this.#log.debug({ peer, error: (error as Error).message }, 'a peer did not give batches')
    }
  }

  /** The newest batch of each author's part that isn't here. */
  lacking(cut: Cut): Lacking[] {
    const lacking: Lacking[] = []
    for (const entry of cut) {
      const final = this.#ledger.account(entry.author).seq
      let cid: Cid | null = entry.batch
      let seq = entry.seq
      while (cid !== null && seq > final) {
        const stored = this.#ledger.store.batches.get(cid)
        if (stored === undefined) {
          lacking.push({ entry, cid, seq, final })
          break
        }
        cid = decodeHeader(stored.header, this.#ledger.chain).prev
        seq--
      }
    }
    return lacking
  }

  /** Whether the peer gave anything new. */
  async #askFor(lacking: readonly Lacking[], peer: PeerText, signal: AbortSignal): Promise<boolean> {
    try {
      const long = lacking.find(({ seq, final }) => seq - final > 1)
      const request =
        long === undefined
          ? { cids: lacking.slice(0, batchCidsMax).map(({ cid }) => cid) }
          : { author: fromKey(long.entry.author), from: long.final + 1, to: long.seq }
      const frames = await this.#network().request.batches(peer, request, signal)
      let taken = false
      for (const frame of frames) taken = (await this.#take(frame, peer, true)) || taken
      return taken
    } catch (error) {
      this.#log.debug({ peer, error: (error as Error).message }, 'a peer did not give batches')
      return false
    }
  }

  async #take(frame: BatchFrame, peer: PeerText, wanted: boolean): Promise<boolean> {
    try {
      const { outcome } = await this.#ingest.take(frame, { durable: false, wanted })
      return outcome === 'added'
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error
      this.#network().penalise(peer, `batch-${error.code}`, 'major')
      return false
    }
  }
}
