import type { Random } from './random.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface Faults {
  readonly delayMsMax: number
  /** Probability that a message is lost, and that it arrives twice. */
  readonly loss: number
  readonly duplication: number
  /** How often the network splits in two, and for how long. */
  readonly partitionEveryMs: number
  readonly partitionMs: number
}

/** Carries messages between numbered nodes with delays, so also out of order, until `healMs`; after it, well. */
export class FaultyNetwork<Message> {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #faults: Faults
  readonly #healMs: number
  readonly #receivers: ((message: Message, from: number) => void)[] = []
  #sides: readonly number[] = []

  constructor(clock: VirtualClock, random: Random, faults: Faults, healMs: number) {
    this.#clock = clock
    this.#random = random
    this.#faults = faults
    this.#healMs = healMs
    this.#splitLater()
  }

  get isHealed(): boolean {
    return this.#clock.nowMs >= this.#healMs
  }

  join(receive: (message: Message, from: number) => void): void {
    this.#receivers.push(receive)
  }

  broadcast(from: number, message: Message): void {
    for (let to = 0; to < this.#receivers.length; to++) if (to !== from) this.send(from, to, message)
  }

  send(from: number, to: number, message: Message): void {
    if (this.isHealed) {
      this.#deliver(from, to, message, healedDelayMsMax)
      return
    }
    const isCut = this.#sides.length > 0 && this.#sides[from] !== this.#sides[to]
    if (isCut || this.#random.chance(this.#faults.loss)) return
    this.#deliver(from, to, message, this.#faults.delayMsMax)
    if (this.#random.chance(this.#faults.duplication)) this.#deliver(from, to, message, 4 * this.#faults.delayMsMax)
  }

  #deliver(from: number, to: number, message: Message, delayMsMax: number): void {
    this.#clock.after(this.#random.next() * delayMsMax, () => this.#receivers[to]!(message, from))
  }

  #splitLater(): void {
    this.#clock.after(this.#random.next() * 2 * this.#faults.partitionEveryMs, () => {
      if (this.isHealed) return
      this.#sides = this.#receivers.map(() => this.#random.below(2))
      this.#clock.after(this.#faults.partitionMs, () => {
        this.#sides = []
        this.#splitLater()
      })
    })
  }
}

const healedDelayMsMax = 20
