import type { Libp2p } from '@libp2p/interface'
import { forgetMs } from './limits.ts'
import type { Log } from './log.ts'

export interface PeerMemoryParts {
  readonly libp2p: Pick<Libp2p, 'peerStore' | 'getConnections'>
  readonly log: Log
}

/**
 * What libp2p keeps of each peer that was ever connected, for ever, though a peer id costs nothing: here it is kept of connected ones.
 * Where others are stands in the address book, which has a bound.
 */
export class PeerMemory {
  readonly #parts: PeerMemoryParts
  /** Ids of those that had no connection the last time. */
  #gone: ReadonlySet<string> = new Set()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: PeerMemoryParts) {
    this.#parts = parts
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.forget().catch(error => this.#parts.log.debug({ error }, 'peers that are gone were not forgotten'))
    }, forgetMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Drops what is kept of peers that have no connection, and had none when it was called last. */
  async forget(): Promise<void> {
    const { libp2p } = this.#parts
    const gone = new Set<string>()
    for (const { id } of await libp2p.peerStore.all()) {
      // Of whoever is just leaving it is needed: by it libp2p finds who wants to be told, the gossip for one.
      if (libp2p.getConnections(id).length > 0) continue
      if (this.#gone.has(id.toString())) await libp2p.peerStore.delete(id)
      else gone.add(id.toString())
    }
    this.#gone = gone
  }
}
