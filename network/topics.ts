import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import { copyOf } from '../consensus/bytes.ts'
import type { Cid } from '../consensus/cid.ts'
import type { FaultInjector } from './faults.ts'
import { gossipBytesMax, gossipPendingBytesMax, gossipPendingMax, gossipPendingPerPeer } from './limits.ts'
import type { Log } from './log.ts'
import type { GossipHandler, GossipHandlers, TopicName, Verdict } from './network.ts'
import type { PeerText, Severity } from './peer.ts'
import type { Tally } from './tally.ts'

export const topicNames: readonly TopicName[] = ['batches', 'proposals', 'votes']

export function topicText(chain: Cid, name: TopicName): string {
  return `/openledger/${chain}/${name}`
}

export interface TopicsParts {
  readonly gossip: GossipSub
  readonly chain: Cid
  readonly handlers: Partial<GossipHandlers>
  readonly tally: Tally
  readonly injector: FaultInjector | undefined
  readonly log: Log
  penalise(peer: PeerText, reason: string, severity: Severity): void
}

const outcomes = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const satisfies Record<Verdict, TopicValidatorResult>

/** The gossip topics: hands messages to their handler, and its verdicts to gossipsub. */
export class Topics {
  readonly #parts: TopicsParts
  readonly #pendingOf = new Map<PeerText, number>()
  #pending = 0
  #pendingBytes = 0

  constructor(parts: TopicsParts) {
    this.#parts = parts
  }

  start(): void {
    const { gossip, chain, handlers } = this.#parts
    for (const name of topicNames) {
      const handler = handlers[name]
      if (handler === undefined) continue
      const topic = topicText(chain, name)
      gossip.topicValidators.set(
        topic,
        async (from, message) => outcomes[await this.#judge(name, handler, from.toString(), message.data)],
      )
      gossip.subscribe(topic)
    }
  }

  /** The topics that a peer listens to, as far as it said. */
  of(peer: PeerText): TopicName[] {
    const { gossip, chain } = this.#parts
    return topicNames.filter(name => gossip.getSubscribers(topicText(chain, name)).some(id => id.toString() === peer))
  }

  async publish(name: TopicName, bytes: Uint8Array): Promise<void> {
    const { gossip, chain, tally, log } = this.#parts
    if (bytes.length > gossipBytesMax[name]) {
      log.error({ topic: name, bytes: bytes.length }, 'not gossiped: too long, every peer would reject it')
      return
    }
    tally.gossip[name].published++
    try {
      await gossip.publish(topicText(chain, name), bytes)
    } catch (error) {
      log.warn({ topic: name, error }, 'not gossiped')
    }
  }

  async #judge(name: TopicName, handler: GossipHandler, from: PeerText, data: Uint8Array): Promise<Verdict> {
    const { tally, injector, penalise } = this.#parts
    const counts = tally.gossip[name]
    counts.received++
    if (injector?.loses()) return 'ignore'
    let verdict: Verdict = 'reject'
    if (data.length <= gossipBytesMax[name]) {
      if (!this.#hasRoom(from, data.length)) {
        counts.overflowed++
        return 'ignore'
      }
      verdict = await this.#ask(name, handler, from, data)
    }
    if (verdict === 'accept') counts.accepted++
    else if (verdict === 'ignore') counts.ignored++
    else {
      counts.rejected++
      penalise(from, `rejected-${name}`, 'major')
    }
    return verdict
  }

  async #ask(name: TopicName, handler: GossipHandler, from: PeerText, data: Uint8Array): Promise<Verdict> {
    this.#enter(from, data.length)
    try {
      return await handler(owned(data), from)
    } catch (error) {
      this.#parts.log.error({ topic: name, peer: from, error }, 'a gossip handler failed')
      return 'ignore'
    } finally {
      this.#leave(from, data.length)
    }
  }

  #hasRoom(from: PeerText, bytes: number): boolean {
    return (
      this.#pending < gossipPendingMax &&
      this.#pendingBytes + bytes <= gossipPendingBytesMax &&
      (this.#pendingOf.get(from) ?? 0) < gossipPendingPerPeer
    )
  }

  #enter(from: PeerText, bytes: number): void {
    this.#pending++
    this.#pendingBytes += bytes
    this.#pendingOf.set(from, (this.#pendingOf.get(from) ?? 0) + 1)
  }

  #leave(from: PeerText, bytes: number): void {
    this.#pending--
    this.#pendingBytes -= bytes
    const left = this.#pendingOf.get(from)! - 1
    if (left === 0) this.#pendingOf.delete(from)
    else this.#pendingOf.set(from, left)
  }
}

/** A small message that is kept must not keep the large buffer alive in which it arrived. */
function owned(data: Uint8Array): Uint8Array {
  return 2 * data.length < data.buffer.byteLength ? copyOf(data) : data
}
