import type { ByteKey } from '../bytes.ts'
import type { RefKey } from '../ref.ts'
import { duePrefix, refOfDueKey } from './cells/due.ts'
import type { OpeningState } from './opening-state.ts'

/**
 * E4: how many sessions may end by themselves in one epoch. Payers choose the epoch: without a bound, millions of sessions of 1 µOPEN
 * that all end in one would make it one that no node can execute, whatever its cut.
 */
export const sessionsEndedMax = 10_000

export interface EndingSessions {
  /** Those that are over the longest first, then by ref. */
  readonly refs: readonly RefKey[]
  /** The first epoch whose sessions haven't all ended; null where none is left over. */
  readonly overdue: number | null
}

/** Prefixes of the keys of all sessions that are over and haven't ended, in the order in which they do. */
export function* endingPrefixes(overdue: number | null, epoch: number): Generator<ByteKey> {
  for (let due = overdue ?? epoch; due <= epoch; due++) yield duePrefix(due, 's')
}

/** Sessions that end with the epoch, other than by their payee's `close`. */
export function endingSessions(opening: OpeningState, epoch: number): EndingSessions {
  const refs: RefKey[] = []
  const first = opening.overdue()
  let due = first ?? epoch
  for (const prefix of endingPrefixes(first, epoch)) {
    for (const key of opening.source.keysFrom(prefix)) {
      if (refs.length === sessionsEndedMax) return { refs, overdue: due }
      refs.push(refOfDueKey(key))
    }
    due++
  }
  return { refs, overdue: null }
}
