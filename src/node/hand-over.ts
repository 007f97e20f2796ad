import type { AccountKey } from '../../consensus/account.ts'
import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { Store } from '../store/store.ts'
import type { AgreementHost } from './agreement-host.ts'
import type { AuthorHead, Mempool, PendingBatch } from './mempool.ts'

export interface HandOverOptions {
  readonly store: Pick<Store, 'batches'>
  readonly mempool: Pick<Mempool, 'authors' | 'branch'>
  readonly account: (author: AccountKey) => AuthorHead
  readonly agreement: Pick<AgreementHost, 'isAlone'>
  /** Undefined until it is up. */
  readonly network: () => Pick<Network, 'peers' | 'request'> | undefined
  readonly signal: AbortSignal
  readonly log: Log
}

/** As many as a peer takes of one asker within a second. */
const batchesMax = 16
/** How often in a row an epoch must be found unshared before peers are handed what it began for. */
const aloneTimesMax = 2

/**
 * T9: for a batch that nobody else holds, nobody else begins an epoch. Gives a peer, which gossips it on, what waits here longest.
 * Gossip alone may not have: who publishes before its peers listen has published, and gossipsub takes the same bytes no second time.
 */
export class HandOver {
  readonly #options: HandOverOptions
  #aloneTimes = 0
  readonly #givingTo = new Set<PeerText>()

  constructor(options: HandOverOptions) {
    this.#options = options
  }

  /** From time to time: hands over if this node has been alone each time of late, to another peer each time. */
  look(): void {
    const { agreement, network, log } = this.#options
    this.#aloneTimes = agreement.isAlone ? this.#aloneTimes + 1 : 0
    const peers = network()?.peers() ?? []
    if (this.#aloneTimes < aloneTimesMax || peers.length === 0) return
    const peer = peers[this.#aloneTimes % peers.length]!.id
    // A slow one is still at it; the next ones must not wait for it.
    if (this.#givingTo.has(peer)) return
    this.#givingTo.add(peer)
    this.#give(peer)
      .catch((error: Error) => log.debug({ peer, error: error.message }, 'a peer did not take batches'))
      .finally(() => this.#givingTo.delete(peer))
  }

  async #give(peer: PeerText): Promise<void> {
    const { store, network, signal } = this.#options
    for (const { cid } of this.#longestWaiting()) {
      const stored = store.batches.get(cid)
      const body = store.batches.body(cid)
      if (stored === undefined || body === undefined) continue
      const { header, signature } = stored
      const { outcome } = await network()!.request.submit(peer, { header, signature, body }, signal)
      if (outcome === 'busy') return
    }
  }

  #longestWaiting(): PendingBatch[] {
    const { mempool, account } = this.#options
    const waiting: PendingBatch[] = []
    for (const author of mempool.authors()) {
      if (waiting.length >= batchesMax) break
      waiting.push(...mempool.branch(author, account(author)))
    }
    return waiting.slice(0, batchesMax)
  }
}
