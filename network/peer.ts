/** A peer's libp2p id as text, like `12D3Koo…`. */
export type PeerText = string

export type TopicName = 'batches' | 'proposals' | 'votes'

export interface PeerInfo {
  readonly id: PeerText
  /** The address that the connection goes to or came from. */
  readonly addr: string
  readonly direction: 'inbound' | 'outbound'
  /** Gossip score; below zero it misbehaved, and from `graylist` on nothing of it is read. */
  readonly score: number
  /** Version text it told, if it did. */
  readonly agent: string | undefined
  /** What it listens to: gossip reaches it on these. */
  readonly topics: readonly TopicName[]
  /** Unix time. */
  readonly connectedAtMs: number
}

/** How bad an offence is: a hundred points are a temporary ban, see `penalty.ts`. */
export type Severity = 'minor' | 'major' | 'fatal'
