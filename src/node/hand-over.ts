import type { AccountKey } from '../../consensus/account.ts'
import type { Requests } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { Store } from '../store/store.ts'
import type { AuthorHead, Mempool, PendingBatch } from './mempool.ts'

export interface HandOverParts {
  readonly store: Store
  readonly mempool: Mempool
  readonly account: (author: AccountKey) => AuthorHead
  readonly submit: Requests['submit']
}

/** As many as a peer takes of one asker within a second. */
const batchesMax = 16

/**
 * Gives a peer, which gossips it on, what waits here longest. Gossip alone may not have: who publishes before its peers listen
 * has published, and gossipsub takes the same bytes no second time.
 */
export async function handOver(parts: HandOverParts, peer: PeerText, signal: AbortSignal): Promise<void> {
  for (const { cid } of longestWaiting(parts)) {
    const stored = parts.store.batches.get(cid)
    const body = parts.store.batches.body(cid)
    if (stored === undefined || body === undefined) continue
    const { outcome } = await parts.submit(peer, { header: stored.header, signature: stored.signature, body }, signal)
    if (outcome === 'busy') return
  }
}

function longestWaiting({ mempool, account }: HandOverParts): PendingBatch[] {
  const waiting: PendingBatch[] = []
  for (const author of mempool.authors()) {
    if (waiting.length >= batchesMax) break
    waiting.push(...mempool.branch(author, account(author)))
  }
  return waiting.slice(0, batchesMax)
}
