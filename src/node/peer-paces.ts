import type { PeerText } from '../../network/peer.ts'

/** A peer that says it is ahead. */
export interface Leader {
  readonly peer: PeerText
  readonly epoch: number
}

/**
 * How fast it went forward with each peer that was followed. Quick ones are followed first, then those of whom nothing is known, and last
 * who was slow, out of weakness or for harm: no stranger takes the place of a peer that does its work.
 */
export class PeerPaces {
  /** Epochs per millisecond. */
  readonly #paces = new Map<PeerText, number>()

  /** It was followed for so long, and the ledger went so far. */
  note(peer: PeerText, epochs: number, ms: number): void {
    this.#paces.set(peer, epochs / Math.max(1, ms))
  }

  /** It said that it is ahead, and nothing came of it. */
  showedNothing(peer: PeerText): boolean {
    return this.#paces.get(peer) === 0
  }

  /** In the order in which to follow them; `epochMs` is the pace of the network. Forgets who isn't connected. */
  inOrder<T extends Leader>(leaders: readonly T[], connected: readonly PeerText[], epochMs: number): T[] {
    const here = new Set(connected)
    for (const peer of this.#paces.keys()) if (!here.has(peer)) this.#paces.delete(peer)
    // With who isn't twice as fast as the network nobody catches up.
    const slowest = 2 / epochMs
    const rank = (pace: number | undefined) => (pace === undefined ? 1 : pace < slowest ? 2 : 0)
    return leaders
      .map(leader => ({ leader, pace: this.#paces.get(leader.peer) }))
      .sort((a, b) => rank(a.pace) - rank(b.pace) || (b.pace ?? 0) - (a.pace ?? 0) || b.leader.epoch - a.leader.epoch)
      .map(({ leader }) => leader)
  }
}
