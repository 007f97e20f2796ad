import { type ByteKey, toKey } from '../../bytes.ts'
import { ProofError } from '../../merkle/proof-error.ts'
import { partwise, type WalkBounds, walkBoundsDefault } from './limits.ts'
import { ProofReader, type ProofSource } from './reader.ts'
import { encodeProofRequest, type ProofRequest } from './request.ts'

/** A request of one part, encoded, with the answer to it. */
export type KeptPart = readonly [request: Uint8Array, answer: Uint8Array]

/** Answers from what was kept, a part at a time: it doesn't matter in which order, or together with what, parts are asked for. */
export function keptParts(parts: readonly KeptPart[]): ProofSource {
  const known = new Map<ByteKey, Uint8Array>(parts.map(([request, answer]) => [toKey(request), answer]))
  return {
    async ask(request) {
      const answer = known.get(toKey(firstPart(request)))
      if (answer === undefined) throw new ProofError('missing', 'a part that was not kept', { epoch: request.epoch })
      return answer
    },
  }
}

/** Keeps what a source answers, each part once. */
export class KeepingSource implements ProofSource {
  readonly #source: ProofSource
  readonly #parts = new Map<ByteKey, KeptPart>()

  constructor(source: ProofSource) {
    this.#source = source
  }

  get parts(): KeptPart[] {
    return [...this.#parts.values()]
  }

  async ask(request: ProofRequest): Promise<Uint8Array> {
    const asked = firstPart(request)
    const known = this.#parts.get(toKey(asked))
    if (known !== undefined) return known[1]
    const answer = await this.#source.ask({ ...request, parts: request.parts.slice(0, 1) })
    this.#parts.set(toKey(asked), [asked, answer])
    return answer
  }
}

/** Reads from one of these within the bounds of a walk, though it answers a part at a time. */
export function keptReader(source: ProofSource, bounds: WalkBounds = walkBoundsDefault): ProofReader {
  return new ProofReader(source, partwise(bounds))
}

function firstPart({ epoch, parts }: ProofRequest): Uint8Array {
  return encodeProofRequest({ epoch, parts: parts.slice(0, 1) })
}
