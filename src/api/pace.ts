import { setTimeout as sleep } from 'node:timers/promises'

/** However dear an answer was, the next one isn't kept waiting for longer. */
const restMsMax = 50
/** After working for so long a stream waits for its turn again. */
const streamMsMax = 5

/**
 * Begins one answer in each turn of the event loop, and where others wait, leaves the loop alone for as long as that turn took. So
 * however many ask at once, half of the time is for whatever else the process has to do, and the agreement's messages wait for
 * one answer, not for all.
 */
export class Pace {
  readonly #first: (() => void)[] = []
  readonly #rest: (() => void)[] = []
  #isRunning = false
  #isRestDue = false

  /** Resolves at one's turn; every other one is for who is `first`, so that nobody else can keep them waiting, nor they all others. */
  turn(first: boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const queue = first ? this.#first : this.#rest
    queue.push(resolve)
    if (!this.#isRunning) void this.#run()
    return promise
  }

  /** A stream whose pieces are made at this pace. */
  async *stream<T>(pieces: AsyncIterable<T>, first: boolean): AsyncGenerator<T> {
    let beganMs = performance.now()
    for await (const piece of pieces) {
      yield piece
      if (performance.now() - beganMs < streamMsMax) continue
      await this.turn(first)
      beganMs = performance.now()
    }
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    await nextTurn()
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const beganMs = performance.now()
      next()
      await nextTurn()
      await sleep(Math.min(restMsMax, performance.now() - beganMs))
    }
    this.#isRunning = false
  }

  #next(): (() => void) | undefined {
    const [sooner, later] = this.#isRestDue ? [this.#rest, this.#first] : [this.#first, this.#rest]
    this.#isRestDue = !this.#isRestDue
    return sooner.shift() ?? later.shift()
  }
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
