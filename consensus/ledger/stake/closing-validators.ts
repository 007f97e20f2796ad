import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import { type ByteKey, toKey } from '../../bytes.ts'
import { InvariantError } from '../../errors.ts'
import { candidateCellKey, candidateCodec } from '../cells/candidate.ts'
import { type SlashCell, slashCellKey, slashCodec } from '../cells/slash.ts'
import { emptyValidator, type ValidatorCell, validatorCellKey, validatorCodec } from '../cells/validator.ts'
import { type VoteKeyCell, voteKeyCellKey, voteKeyCodec } from '../cells/vote-key.ts'
import type { ClosingState } from '../closing-state.ts'
import type { OpeningState } from '../opening-state.ts'

/** Validators and vote keys while an epoch ends: many steps change them, and each is written once. */
export class ClosingValidators {
  readonly #opening: OpeningState
  readonly #cells = new Map<AccountKey, ValidatorCell>()
  readonly #voteKeys = new Map<ByteKey, VoteKeyCell>()
  readonly #slashes = new Map<ByteKey, SlashCell>()

  constructor(opening: OpeningState) {
    this.#opening = opening
  }

  get(account: AccountKey): ValidatorCell | undefined {
    return this.#cells.get(account) ?? this.#opening.validator(account)
  }

  /** Of one that is known to exist. */
  of(account: AccountKey): ValidatorCell {
    const cell = this.get(account)
    if (cell === undefined) throw new InvariantError('T13', 'stake at what is no validator')
    return cell
  }

  change(account: AccountKey, changes: Partial<ValidatorCell>): void {
    this.#cells.set(account, { ...(this.get(account) ?? emptyValidator), ...changes })
  }

  voteKey(key: ByteKey): VoteKeyCell | undefined {
    return this.#voteKeys.get(key) ?? this.#opening.voteKey(key)
  }

  putVoteKey(key: ByteKey, cell: VoteKeyCell): void {
    this.#voteKeys.set(key, cell)
  }

  slash(account: AccountKey, number: number): SlashCell {
    return this.#slashes.get(slashCellKey(account, number)) ?? this.#opening.slash(account, number)
  }

  /** Adds the next slash of a validator. */
  addSlash(account: AccountKey, slash: SlashCell): void {
    const { slashes } = this.of(account)
    this.#slashes.set(slashCellKey(account, slashes), slash)
    this.change(account, { slashes: slashes + 1 })
  }

  /** Accounts that have changed so far. */
  changed(): IterableIterator<AccountKey> {
    return this.#cells.keys()
  }

  /** How much more is accrued than at the opening. */
  accruedRise(): Amount {
    let rise = 0
    for (const [account, { accrued }] of this.#cells) rise += accrued - (this.#opening.validator(account)?.accrued ?? 0)
    return rise
  }

  write(closing: ClosingState): void {
    for (const [account, cell] of this.#cells) {
      const before = this.#opening.validator(account)
      closing.put(validatorCodec, validatorCellKey(account), before, cell)
      const [formerKey, key] = [before && candidateCellKey(account, before), candidateCellKey(account, cell)]
      if (formerKey === key) continue
      if (formerKey !== undefined) closing.put(candidateCodec, formerKey, true, undefined)
      if (key !== undefined) closing.put(candidateCodec, key, undefined, true)
    }
    for (const [key, cell] of this.#slashes) closing.put(slashCodec, key, undefined, cell)
    for (const [key, cell] of this.#voteKeys) closing.put(voteKeyCodec, voteKeyCellKey(key), undefined, cell)
  }
}

/** A vote key as a map key. */
export const voteKeyOf = ({ key }: { readonly key: Uint8Array }): ByteKey => toKey(key)
