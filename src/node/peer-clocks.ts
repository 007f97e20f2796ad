import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import { clockText } from '../api/standing-text.ts'
import type { Clock } from './clock.ts'
import { clockDifferenceMsMax, clockDifferenceNext } from './clock-check.ts'

export interface PeerClocksOptions {
  readonly network: Pick<Network, 'peers' | 'request'>
  readonly clock: Clock
  readonly log: Log
}

/** A clock drifts slowly, and one that is wrong from the start is found soon enough. */
const compareMs = 20_000

/** How many peers are asked at a time. */
const peersMax = 5

/** Compares the own clock with those of peers: an operator hears of a wrong clock before proposals fail over it (T10). */
export class PeerClocks {
  readonly #options: PeerClocksOptions
  readonly #abort = new AbortController()
  readonly #stopTimer: () => void
  #isTold = false
  #differenceMs: number | null = null

  constructor(options: PeerClocksOptions) {
    this.#options = options
    this.#stopTimer = options.clock.every(compareMs, () => void this.compare())
  }

  /** By how much the clocks of most peers are ahead of this one, milliseconds; null where none has told. */
  get differenceMs(): number | null {
    return this.#differenceMs
  }

  stop(): void {
    this.#stopTimer()
    this.#abort.abort()
  }

  /** Asks some peers, and tells once when the clock begins to differ from most of them. */
  async compare(): Promise<void> {
    const peers = this.#options.network.peers().slice(0, peersMax)
    const asked = await Promise.allSettled(peers.map(({ id }) => this.#difference(id)))
    const known = asked.flatMap(answer =>
      answer.status === 'fulfilled' && answer.value !== undefined ? answer.value : [],
    )
    if (known.length === 0) {
      this.#differenceMs = null
      return
    }
    // Of an even number the one nearer to the own clock: no half of the peers alone can raise the alarm.
    const sorted = known.sort((a, b) => Math.abs(a) - Math.abs(b))
    const typical = sorted[Math.floor((sorted.length - 1) / 2)]!
    this.#differenceMs = typical
    const differs = Math.abs(typical) > clockDifferenceMsMax
    if (differs && !this.#isTold) this.#tell(typical, known.length)
    this.#isTold = differs
  }

  #tell(differenceMs: number, peers: number): void {
    this.#options.log.warn(
      { differenceMs, peers, next: clockDifferenceNext },
      `this clock is ${clockText(differenceMs)}`,
    )
  }

  /** By how much the peer's clock is ahead of this one, milliseconds; the way there and back is taken to be alike. */
  async #difference(peer: PeerText): Promise<number | undefined> {
    const { network, clock } = this.#options
    const asked = clock.now()
    const { time } = await network.request.status(peer, null, this.#abort.signal)
    return time === undefined ? undefined : Math.round(time - (asked + clock.now()) / 2)
  }
}
