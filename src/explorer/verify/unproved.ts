import { LedgerError, ProofError, partUnshown } from '../../../consensus/light/index.ts'

/** What a check needs and the node doesn't show. */
export class UnshownError extends LedgerError {
  constructor(message: string) {
    super('not-found', message)
  }
}

/** Of a node that doesn't answer, or says that it can't. All other codes speak of what was shown. */
const refusals: ReadonlySet<string> = new Set([
  'unreachable',
  'not-a-node',
  'busy',
  'rate',
  'not-ready',
  'not-yet',
  'not-found',
  'not-kept',
  'internal',
  'store-corrupt',
])

/**
 * Whether a check ended because too little was shown. That alone makes nobody a liar: who joined by a snapshot has nothing from
 * before, who is busy answers later. What is shown and isn't so is another matter.
 */
export function isUnproved(error: unknown): boolean {
  if (error instanceof ProofError) return error.check === 'bound' || partUnshown(error) !== undefined
  return error instanceof LedgerError && refusals.has(error.code)
}
