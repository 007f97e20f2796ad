import { LedgerError } from '../../consensus/errors.ts'

/** What the node has, or a refusal. */
export function found<T>(answer: T | undefined, id: string): T {
  if (answer === undefined) throw new LedgerError('not-found', `${id}: not known to this node`)
  return answer
}
