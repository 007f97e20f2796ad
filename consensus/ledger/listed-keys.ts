import type { ByteKey } from '../bytes.ts'
import type { Params } from '../params.ts'
import { candidatePrefixes } from './cells/candidate.ts'
import { dueKinds, duePrefix } from './cells/due.ts'
import { unbondingPrefix } from './cells/position.ts'

/**
 * All prefixes that an execution of `epoch` lists keys of, for a host that has to read such lists ahead. `params` are those in force
 * in that epoch.
 */
export function listedPrefixes(epoch: number, { minStake }: Params): ByteKey[] {
  return [...dueKinds.map(kind => duePrefix(epoch, kind)), unbondingPrefix(epoch), ...candidatePrefixes(minStake)]
}
