import type { AccountKey } from '../../account.ts'
import { totalStake, type ValidatorSet } from '../../agreement/validator-set.ts'
import { type Amount, ppmWhole } from '../../amount.ts'

/** Epochs in which ballots count, after that of the proposal. */
export const votingEpochs = 60_480
/** Epochs from the end of the voting to the effect. */
export const effectEpochs = 8_640
/** ppm of all stake that has to vote. */
const quorum = 334_000
/** ppm of the stake that votes which has to be exceeded. */
const pass = 500_000

/** `ballot`: what a voter said, undefined where nothing. */
export function isPassed(voters: ValidatorSet, ballot: (voter: AccountKey) => boolean | undefined): boolean {
  let [yes, no]: [Amount, Amount] = [0, 0]
  for (const { account, stake } of voters) {
    const said = ballot(account)
    if (said === true) yes += stake
    else if (said === false) no += stake
  }
  return reaches(yes + no, quorum, totalStake(voters)) && exceeds(yes, pass, yes + no)
}

const parts = (amount: Amount): bigint => BigInt(amount) * BigInt(ppmWhole)
const reaches = (part: Amount, ppm: number, whole: Amount): boolean => parts(part) >= BigInt(whole) * BigInt(ppm)
const exceeds = (part: Amount, ppm: number, whole: Amount): boolean => parts(part) > BigInt(whole) * BigInt(ppm)
