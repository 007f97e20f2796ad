import type { ByteKey } from '../bytes.ts'
import type { Params } from '../params.ts'
import { candidatePrefixes } from './cells/candidate.ts'
import { duePrefix } from './cells/due.ts'
import { unbondingPrefix } from './cells/position.ts'
import { endingPrefixes, sessionsEndedMax } from './ending-sessions.ts'

/** What an execution lists, for a host that has to read such lists ahead. */
export interface ListedKeys {
  /** Prefixes of which it takes all keys. */
  readonly whole: readonly ByteKey[]
  /** Prefixes of which it takes keys in their order, at most so many together. */
  readonly first: { readonly prefixes: Iterable<ByteKey>; readonly countMax: number }
}

/** `params` and `overdue` are those that the execution of `epoch` begins with. */
export function listedKeys(epoch: number, { minStake }: Params, overdue: number | null): ListedKeys {
  return {
    whole: [duePrefix(epoch, 'w'), duePrefix(epoch, 'p'), unbondingPrefix(epoch), ...candidatePrefixes(minStake)],
    // One more than it ends: whether one is left over.
    first: { prefixes: endingPrefixes(overdue, epoch), countMax: sessionsEndedMax + 1 },
  }
}
