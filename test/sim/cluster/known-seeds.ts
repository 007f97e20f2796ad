import type { Profile } from './scenario.ts'

/** A seed that once broke a run, and what it was. */
export interface KnownSeed {
  readonly seed: number
  readonly validators: readonly number[]
  readonly profile?: Profile
  readonly was: string
}

/** They stay, though a seed means another run once the simulator draws otherwise: what they showed has tests of its own as well. */
export const knownSeeds: readonly KnownSeed[] = [
  {
    seed: 20_800,
    validators: [3, 4, 5, 6, 7],
    was: 'beyond a fork with different offices, honest machines took each other’s votes for forged ones',
  },
  {
    seed: 22_891,
    validators: [3, 4, 5, 6, 7],
    was: 'a peer that paired a true certificate with a false cut stopped the only node that asked it',
  },
  {
    seed: 401638,
    validators: [4, 7, 25],
    was: 'a validator that the quorum needed waited 20 s for an answer of a peer that had crashed, and 14 rounds passed',
  },
]
