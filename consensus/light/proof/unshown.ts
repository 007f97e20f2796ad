import { ProofError } from '../../merkle/proof-error.ts'
import type { ProofPart } from './request.ts'

/** What the source said that it has no proof of; undefined for every other error, that of a proved absence included. */
export function partUnshown(error: unknown): ProofPart['type'] | undefined {
  if (!(error instanceof ProofError) || error.check !== 'missing') return undefined
  return (error.facts.part as ProofPart | undefined)?.type
}
