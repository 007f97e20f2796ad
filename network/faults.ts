import type { MultiaddrConnection, Transport } from '@libp2p/interface'
import { HeldBytes } from './held-bytes.ts'
import { retransmitMs } from './limits.ts'
import type { PeerText } from './peer.ts'
import { withConnections } from './raw-connections.ts'

/** What goes wrong on purpose. An entry left out is without fault. */
export interface Faults {
  /** Added to everything sent, one way, in ms. */
  readonly latencyMs?: number
  /**
   * Probability in ppm of a loss: a packet is sent again after a while, as TCP does, a gossiped message doesn't reach this
   * node, a request of this node is cut.
   */
  readonly lossPpm?: number
  /** Peers of another group than one's own are out of reach. A peer in no group reaches all. */
  readonly groups?: readonly (readonly PeerText[])[]
}

/** Switches faults while the node runs; what an earlier call set and this one doesn't is healed. */
export interface FaultControl {
  set(faults: Faults): void
}

/** Decides what goes wrong. Connections that come out of reach are its owner's to cut. */
export class FaultInjector implements FaultControl {
  readonly #self: PeerText
  readonly #random: () => number
  #faults: Faults = {}

  constructor(self: PeerText, seed: number) {
    this.#self = self
    this.#random = randomFrom(seed)
  }

  set(faults: Faults): void {
    this.#faults = faults
  }

  reaches(peer: PeerText): boolean {
    const groups = this.#faults.groups ?? []
    const own = groups.find(group => group.includes(this.#self))
    return own === undefined || own.includes(peer) || !groups.some(group => group.includes(peer))
  }

  /** Draws whether something is lost. */
  loses(): boolean {
    const lossPpm = this.#faults.lossPpm ?? 0
    return lossPpm > 0 && this.#random() * 1_000_000 < lossPpm
  }

  /** The transport with every connection's outgoing bytes held back as the faults say. */
  slow(inner: Transport): Transport {
    return withConnections(inner, raw => this.#holdBack(raw))
  }

  #holdBack(raw: MultiaddrConnection): void {
    const send = raw.send.bind(raw)
    const held = new HeldBytes(raw, send)
    raw.send = data => {
      const delayMs = (this.#faults.latencyMs ?? 0) + (this.loses() ? retransmitMs : 0)
      if (delayMs === 0 && held.isEmpty) return send(data)
      held.add(data, delayMs)
      return true
    }
  }
}

/** Numbers from 0 to 1, the same for the same seed (xorshift, 32 bits). */
function randomFrom(seed: number): () => number {
  // Spread over all bits, or small seeds would begin with small numbers; and never zero, which xorshift can't leave.
  let state = Math.imul(seed, 0x9e37_79b9) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 0x1_0000_0000
  }
}
