import { LedgerError } from '../../consensus/errors.ts'
import type { HeadWatch } from './ledger-pages.ts'

/** What the node has, or a refusal. */
export function found<T>(answer: T | undefined, id: string): T {
  if (answer === undefined) throw new LedgerError('not-found', `${id}: not known to this node`)
  return answer
}

/** What an epoch has; an epoch that isn't here is either still to come, or from before this node joined. */
export function foundEpoch<T>(answer: T | undefined, epoch: number, { epoch: newest }: HeadWatch): T {
  if (answer !== undefined) return answer
  if (epoch > newest) {
    throw new LedgerError(
      'not-yet',
      `epoch ${epoch} isn't final yet: the newest is ${newest}`,
      { epoch, newest },
      'wait for it',
    )
  }
  throw new LedgerError('not-found', `epoch ${epoch}: not known to this node`)
}
