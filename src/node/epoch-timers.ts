import type { Timers } from './clock.ts'

/** Timers that belong to an epoch, and end with it all at once. */
export class EpochTimers {
  readonly #timers: Timers
  /** What cancels those still to come. */
  readonly #pending = new Set<() => void>()

  constructor(timers: Timers) {
    this.#timers = timers
  }

  after(ms: number, act: () => void): void {
    const cancel = this.#timers.after(ms, () => {
      this.#pending.delete(cancel)
      act()
    })
    this.#pending.add(cancel)
  }

  /** Settles after so many milliseconds; never, if the epoch ends before. */
  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.after(ms, resolve))
  }

  cancelAll(): void {
    for (const cancel of this.#pending) cancel()
    this.#pending.clear()
  }
}
