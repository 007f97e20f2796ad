import { InvariantError } from '../errors.ts'
import { totalStake, type ValidatorSet } from './validator-set.ts'

/** 2^64 divided by the golden ratio: consecutive products spread evenly over 64 bits. */
const spread = 0x9e37_79b9_7f4a_7c15n

/**
 * T3: the index of the proposer. x = (((epoch + round)·spread mod 2^64)·total) >> 64 is a point on [0, total), on which the
 * validators, in account order, own consecutive intervals as long as their stake.
 */
export function proposerOf(set: ValidatorSet, epoch: number, round: number): number {
  const point = BigInt.asUintN(64, (BigInt(epoch) + BigInt(round)) * spread)
  let rest = Number((point * BigInt(totalStake(set))) >> 64n)
  for (let i = 0; i < set.length; i++) {
    rest -= set[i]!.stake
    if (rest < 0) return i
  }
  throw new InvariantError('T3', 'a validator set without stake', { epoch, round })
}
