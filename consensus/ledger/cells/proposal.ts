import type { AccountKey } from '../../account.ts'
import { decodeValidatorSet, encodeValidatorSet, type ValidatorSet } from '../../agreement/validator-set.ts'
import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import type { Value, ValueMap } from '../../cbor/value.ts'
import type { RefKey } from '../../ref.ts'
import { bytesKey, type CellCodec, cellPrefix, keyBytes, noMoney } from './cell.ts'

export interface TreasurySpend {
  readonly to: AccountKey
  readonly amount: Amount
}

/** A proposal from its record until it was rejected, took effect or lapsed. */
export interface ProposalCell {
  readonly author: AccountKey
  /** New values of parameters. */
  readonly changes: ValueMap | null
  readonly spend: TreasurySpend | null
  /** In office when it was made: they alone vote, by their stake then. */
  readonly voters: ValidatorSet
  /** Last epoch of the voting. */
  readonly ends: number
  /** Epoch at the end of which it takes effect; null until it has passed. */
  readonly effect: number | null
}

export function proposalCellKey(ref: RefKey): ByteKey {
  return cellPrefix.proposal + ref
}

export const proposalCodec: CellCodec<ProposalCell> = {
  toValue: cell => [
    keyBytes(cell.author),
    cell.changes,
    cell.spend === null ? null : [keyBytes(cell.spend.to), cell.spend.amount],
    encodeValidatorSet(cell.voters),
    cell.ends,
    cell.effect,
  ],
  fromValue(value) {
    const list = value as Value[]
    return {
      author: bytesKey(list[0]),
      changes: list[1] as ValueMap | null,
      spend: list[2] === null ? null : spendOf(list[2] as Value[]),
      voters: decodeValidatorSet(list[3] as Uint8Array),
      ends: list[4] as number,
      effect: list[5] as number | null,
    }
  },
  money: noMoney,
}

function spendOf([to, amount]: readonly Value[]): TreasurySpend {
  return { to: bytesKey(to), amount: amount as Amount }
}

/** A voter's last word on a proposal. */
export interface BallotCell {
  readonly yes: boolean
}

export function ballotCellKey(proposal: RefKey, voter: AccountKey): ByteKey {
  return cellPrefix.ballot + proposal + voter
}

export const ballotCodec: CellCodec<BallotCell> = {
  toValue: cell => cell.yes,
  fromValue: value => ({ yes: value as boolean }),
  money: noMoney,
}
