import { setImmediate as nextTurn } from 'node:timers/promises'

/** Events in virtual time: nothing waits, and equal times keep the order in which they were scheduled. */
export class VirtualClock {
  nowMs = 0
  /** Events that came to pass, and how many may: a run without an end shall be found, not waited for. */
  passed = 0
  readonly #eventsMax: number
  readonly #onEndless: () => void
  readonly #heap: Event[] = []
  #scheduled = 0

  constructor(eventsMax = Number.POSITIVE_INFINITY, onEndless: () => void = () => {}) {
    this.#eventsMax = eventsMax
    this.#onEndless = onEndless
  }

  /** `run` may return false to say that it woke nobody up: then nothing has to settle before the next event. */
  after(delayMs: number, run: () => unknown): void {
    const event: Event = { atMs: this.nowMs + delayMs, order: this.#scheduled++, run }
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
  }

  /** Runs until `isDone`, or to the end of time. */
  run(untilMs: number, isDone: () => boolean): void {
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs && !isDone()) {
      const event = this.#pop()
      this.#pass(event)
      event.run()
    }
  }

  /** Likewise; between two events every promise settles that can, so that they too obey the clock. */
  async runSettled(untilMs: number, isDone: () => boolean): Promise<void> {
    while (this.#heap.length > 0 && this.#heap[0]!.atMs <= untilMs && !isDone()) {
      const event = this.#pop()
      this.#pass(event)
      if (event.run() !== false) await nextTurn()
    }
  }

  #pass({ atMs }: Event): void {
    this.nowMs = atMs
    if (++this.passed > this.#eventsMax) this.#onEndless()
  }

  #pop(): Event {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      this.#sink(0)
    }
    return top
  }

  #rise(from: number): void {
    const heap = this.#heap
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (isBefore(heap[parent]!, heap[at]!)) return
      swap(heap, parent, at)
      at = parent
    }
  }

  #sink(from: number): void {
    const heap = this.#heap
    for (let at = from; ; ) {
      const left = 2 * at + 1
      let least = at
      for (const child of [left, left + 1])
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child
      if (least === at) return
      swap(heap, least, at)
      at = least
    }
  }
}

interface Event {
  readonly atMs: number
  readonly order: number
  readonly run: () => unknown
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function swap(heap: Event[], a: number, b: number): void {
  const event = heap[a]!
  heap[a] = heap[b]!
  heap[b] = event
}
