import type { EpochTimers } from './epoch-timers.ts'

/** T9: an epoch begins after this long even if there is nothing to finalize. */
export const idleEpochMs = 60_000

/** T9: the time since the last decision. By timers alone: a clock that is set back must not hold an epoch up. */
export class EpochPause {
  readonly #timers: EpochTimers
  readonly #idleMs: number
  readonly #onPass: () => void
  #passed: 'nothing' | 'epoch' | 'idle' = 'nothing'

  /** `onPass` is called when something may be due that wasn't before. */
  constructor(timers: EpochTimers, idleMs: number | undefined, onPass: () => void) {
    this.#timers = timers
    this.#idleMs = idleMs ?? idleEpochMs
    this.#onPass = onPass
  }

  begin(epochMs: number): void {
    this.#passed = 'nothing'
    this.#timers.after(epochMs, () => this.#pass('epoch'))
    this.#timers.after(Math.max(epochMs + 1, this.#idleMs), () => this.#pass('idle'))
  }

  #pass(passed: 'epoch' | 'idle'): void {
    this.#passed = passed
    this.#onPass()
  }

  /** Whether round 0 is due, `hasReason` being whether there is anything to finalize. */
  isOver(hasReason: () => boolean): boolean {
    return this.#passed === 'idle' || (this.#passed === 'epoch' && hasReason())
  }
}
