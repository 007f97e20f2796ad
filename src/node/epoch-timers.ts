import { systemClock, type Timers } from './clock.ts'

/** Timers that end with their epoch. */
export class EpochTimers {
  readonly #timers: Timers
  /** What cancels those still to come. */
  readonly #pending = new Set<() => void>()

  constructor(timers: Timers = systemClock) {
    this.#timers = timers
  }

  after(ms: number, act: () => void): void {
    const cancel = this.#timers.after(ms, () => {
      this.#pending.delete(cancel)
      act()
    })
    this.#pending.add(cancel)
  }

  /** Never resolves once the timers are cleared. */
  sleep(ms: number): Promise<void> {
    return new Promise(resolve => this.after(ms, resolve))
  }

  clear(): void {
    for (const cancel of this.#pending) cancel()
    this.#pending.clear()
  }
}
