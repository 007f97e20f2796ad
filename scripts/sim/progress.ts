import { stderr } from 'node:process'

/** A terminal shows each run; a log gets a line now and then. */
const lineEveryMs = 30_000

/** How far the seeds are, on standard error, with those under way: one that hangs can be named. */
export class SimProgress {
  readonly #count: number
  readonly #beganMs = performance.now()
  /** When each seed under way began. */
  readonly #underWay = new Map<number, number>()
  readonly #timer: NodeJS.Timeout
  #ended = 0

  constructor(count: number) {
    this.#count = count
    this.#timer = setInterval(() => this.#show(), lineEveryMs).unref()
  }

  began(seed: number): void {
    this.#underWay.set(seed, performance.now())
  }

  ended(seed: number): void {
    this.#underWay.delete(seed)
    this.#ended++
    if (stderr.isTTY) stderr.write(`\r${this.#ended} of ${this.#count} `)
  }

  stop(): void {
    clearInterval(this.#timer)
    if (stderr.isTTY) stderr.write('\r')
  }

  #show(): void {
    const now = performance.now()
    const seconds = (sinceMs: number): string => `${Math.round((now - sinceMs) / 1_000)} s`
    const underWay = Array.from(this.#underWay, ([seed, beganMs]) => `seed ${seed} for ${seconds(beganMs)}`).join(', ')
    const line = `${this.#ended} of ${this.#count} runs in ${seconds(this.#beganMs)}; under way: ${underWay}`
    stderr.write(stderr.isTTY ? `\r${line}` : `${line}\n`)
  }
}
