import { ProofError } from '../../merkle/proof-error.ts'
import { decodeProofAnswer, type PartAnswer, type ProofAnswer } from './answer.ts'
import { partsPerRequestMax, requestBytesMax, type WalkBounds } from './limits.ts'
import type { ProofPart, ProofRequest } from './request.ts'

/** Somebody who is asked for proofs and need not be trusted: a peer, a file, an own store. */
export interface ProofSource {
  /** The bytes of a ProofAnswer. Whoever asks bounds the time. */
  ask(request: ProofRequest): Promise<Uint8Array>
}

/** What a reader has taken so far. */
export interface ProofCosts {
  readonly requests: number
  readonly bytes: number
  readonly leaves: number
}

interface Wanted {
  readonly epoch: number
  readonly part: ProofPart
  readonly resolve: (answer: PartAnswer) => void
  readonly reject: (error: unknown) => void
}

/** Turns that are waited before a request leaves, so that all who ask in one breath share it. */
const gatheringTurns = 16

/** Asks a source, many parts in one request, and gives up at its bounds. What comes back is well-formed, and proves nothing yet. */
export class ProofReader {
  readonly #source: ProofSource
  readonly #bounds: WalkBounds
  readonly #costs = { requests: 0, bytes: 0, leaves: 0 }
  #waiting: Wanted[] = []
  #isAsking = false

  constructor(source: ProofSource, bounds: WalkBounds) {
    this.#source = source
    this.#bounds = bounds
  }

  get costs(): ProofCosts {
    return { ...this.#costs }
  }

  /** Throws ProofError `missing` where the source has nothing to prove the part with. */
  want<P extends ProofPart>(epoch: number, part: P): Promise<PartAnswer<P>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ epoch, part, resolve: resolve as Wanted['resolve'], reject })
      if (!this.#isAsking) void this.#work()
    })
  }

  /** Takes so many leaves of a list; throws ProofError `bound`. */
  takeLeaves(count: number): void {
    this.#take('leaves', count)
  }

  async #work(): Promise<void> {
    this.#isAsking = true
    for (;;) {
      for (let turn = 0; turn < gatheringTurns; turn++) await undefined
      const wanted = this.#next()
      if (wanted.length === 0) break
      await this.#ask(wanted)
    }
    this.#isAsking = false
  }

  /** The first of those who wait, and all after it that fit into one request with it. */
  #next(): Wanted[] {
    const first = this.#waiting[0]
    if (first === undefined) return []
    const taken: Wanted[] = []
    const left: Wanted[] = []
    let bytes = 0
    for (const wanted of this.#waiting) {
      const size = partSize(wanted.part)
      const fits = taken.length < partsPerRequestMax && bytes + size <= requestBytesMax
      if (wanted.epoch === first.epoch && fits) {
        taken.push(wanted)
        bytes += size
      } else left.push(wanted)
    }
    this.#waiting = left
    return taken
  }

  async #ask(wanted: readonly Wanted[]): Promise<void> {
    let answers: ProofAnswer
    try {
      answers = await this.#exchange({ epoch: wanted[0]!.epoch, parts: wanted.map(({ part }) => part) })
    } catch (error) {
      for (const { reject } of wanted) reject(error)
      return
    }
    answers.forEach((answer, i) => {
      const { part, resolve, reject } = wanted[i]!
      if (answer === null) reject(new ProofError('missing', `the source has no proof of ${part.type}`, { part }))
      else resolve(answer)
    })
    this.#waiting = [...wanted.slice(answers.length), ...this.#waiting]
  }

  async #exchange(request: ProofRequest): Promise<ProofAnswer> {
    this.#take('requests', 1)
    const bytes = await this.#source.ask(request)
    this.#take('bytes', bytes.length)
    return decodeProofAnswer(request.parts, bytes)
  }

  #take(what: keyof ProofCosts, count: number): void {
    this.#costs[what] += count
    const bound = this.#bounds[what]
    if (this.#costs[what] > bound) {
      throw new ProofError('bound', `more than ${bound} ${what} for one walk`, { what, bound })
    }
  }
}

/** Bytes in a request, rounded up: positions and the names around them. */
function partSize(part: ProofPart): number {
  return part.type === 'records' ? 64 + 3 * part.indices.length : 224
}
