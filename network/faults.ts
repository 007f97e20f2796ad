import type { PeerText } from './peer.ts'

/** What goes wrong on purpose. An entry left out is without fault. */
export interface Faults {
  /** Added to everything sent, one way, in ms. */
  readonly latencyMs?: number
  /** Probability in ppm that a gossip packet is lost, or that a request's stream is cut. */
  readonly lossPpm?: number
  /** Peers of another group than one's own are out of reach. A peer in no group reaches all. */
  readonly groups?: readonly (readonly PeerText[])[]
}

/** Switches faults while the node runs; without `Faults` entries everything heals. */
export interface FaultControl {
  set(faults: Faults): void
}
