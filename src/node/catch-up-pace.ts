/** The pace of so long is what is reckoned with: it changes with the size of the epochs and with the peer that gives them. */
const windowMs = 30_000
/** Less tells nothing. */
const shortestMs = 1_000

interface Mark {
  readonly epoch: number
  readonly ms: number
}

/** How long a node that catches up will yet take, by how fast it went lately. */
export class CatchUpPace {
  /** At most one a second but for the newest, the oldest first. */
  #marks: Mark[] = []

  /** At `epoch` it goes on: what was long ago counts no more. */
  begin(epoch: number, nowMs: number): void {
    const last = this.#marks.at(-1)
    if (last === undefined || Math.abs(nowMs - last.ms) > windowMs) this.#marks = [{ epoch, ms: nowMs }]
  }

  reached(epoch: number, nowMs: number): void {
    const [newest, before] = [this.#marks.at(-1), this.#marks.at(-2)]
    if (newest !== undefined && before !== undefined && newest.ms - before.ms < shortestMs) this.#marks.pop()
    this.#marks.push({ epoch, ms: nowMs })
    // Of epochs that take longer than the window, one remains to measure by.
    while (this.#marks.length > 2 && nowMs - this.#marks[1]!.ms >= windowMs) this.#marks.shift()
  }

  /** Null where nothing is left to do, or nothing tells how fast it goes. */
  secondsLeft(target: number, nowMs: number): number | null {
    const [first, newest] = [this.#marks[0], this.#marks.at(-1)]
    if (first === undefined || newest === undefined) return null
    const spentMs = nowMs - first.ms
    const gained = newest.epoch - first.epoch
    if (target <= newest.epoch || gained <= 0 || spentMs < shortestMs) return null
    return Math.ceil(((target - newest.epoch) * spentMs) / gained / 1_000)
  }
}
