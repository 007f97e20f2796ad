import type { AccountKey } from '../account.ts'
import type { ByteKey } from '../bytes.ts'
import type { Cid } from '../cid.ts'
import { InvariantError } from '../errors.ts'
import type { Params } from '../params.ts'
import type { RefKey } from '../ref.ts'
import { type AccountCell, accountCellKey, accountCodec, emptyAccount } from './cells/account.ts'
import { type AssetCell, assetCellKey, assetCodec, isData } from './cells/asset.ts'
import { type CellCodec, decodeCell } from './cells/cell.ts'
import { contentCellKey, contentCodec } from './cells/content.ts'
import {
  type AttendanceCell,
  attendanceCodec,
  attendanceKey,
  overdueCodec,
  overdueKey,
  paramsCodec,
  paramsKey,
  type SetsCell,
  setsCodec,
  setsKey,
  treasuryCodec,
  treasuryKey,
} from './cells/global.ts'
import {
  type PositionCell,
  positionCellKey,
  positionCodec,
  type UnbondingCell,
  unbondingCellKey,
  unbondingCodec,
} from './cells/position.ts'
import {
  type BallotCell,
  ballotCellKey,
  ballotCodec,
  type ProposalCell,
  proposalCellKey,
  proposalCodec,
} from './cells/proposal.ts'
import { type SessionCell, sessionCellKey, sessionCodec } from './cells/session.ts'
import {
  type OffenceCell,
  offenceCellKey,
  offenceCodec,
  type SlashCell,
  slashCellKey,
  slashCodec,
} from './cells/slash.ts'
import { type SumsCell, sumsCodec, sumsKey } from './cells/sums.ts'
import { type ValidatorCell, validatorCellKey, validatorCodec } from './cells/validator.ts'
import { verdictCellKey, verdictCodec } from './cells/verdict.ts'
import { type VoteKeyCell, voteKeyCellKey, voteKeyCodec } from './cells/vote-key.ts'
import { type WaitingCell, waitingCellKey, waitingCodec } from './cells/waiting.ts'
import { OpeningAssets } from './opening-assets.ts'
import type { StateSource } from './state-source.ts'

/**
 * E1: the state that every record of an epoch reads. A cell that any author's records can ask for is decoded once: some hold a whole
 * validator set, and a cut has room for half a million records. Assets are kept up to a bound, and read again beyond it.
 */
export class OpeningState {
  readonly source: StateSource
  readonly #assets = new OpeningAssets(ref => this.#read(assetCodec, assetCellKey(ref)))
  readonly #sessions = new Map<RefKey, SessionCell | undefined>()
  readonly #validators = new Map<AccountKey, ValidatorCell | undefined>()
  readonly #slashes = new Map<ByteKey, SlashCell>()
  readonly #accepted = new Map<RefKey, boolean>()
  readonly #contents = new Map<ByteKey, ReadonlySet<AccountKey> | undefined>()
  readonly #proposals = new Map<RefKey, ProposalCell | undefined>()
  #sets: SetsCell | undefined

  constructor(source: StateSource) {
    this.source = source
  }

  account(account: AccountKey): AccountCell {
    return this.#read(accountCodec, accountCellKey(account)) ?? emptyAccount
  }

  asset(ref: RefKey): AssetCell | undefined {
    return this.#assets.get(ref)
  }

  session(ref: RefKey): SessionCell | undefined {
    const known = this.#sessions.get(ref)
    if (known !== undefined || this.#sessions.has(ref)) return known
    const cell = this.#read(sessionCodec, sessionCellKey(ref))
    this.#sessions.set(ref, cell)
    return cell
  }

  /** E5: who brought the content; thousands may have in one epoch. */
  content(datanet: RefKey, content: Cid): ReadonlySet<AccountKey> | undefined {
    const key = contentCellKey(datanet, content)
    const known = this.#contents.get(key)
    if (known !== undefined || this.#contents.has(key)) return known
    const cell = this.#read(contentCodec, key)
    const holders = cell && new Set(cell)
    this.#contents.set(key, holders)
    return holders
  }

  waiting(model: RefKey): WaitingCell | undefined {
    return this.#read(waitingCodec, waitingCellKey(model))
  }

  validator(account: AccountKey): ValidatorCell | undefined {
    const known = this.#validators.get(account)
    if (known !== undefined || this.#validators.has(account)) return known
    const cell = this.#read(validatorCodec, validatorCellKey(account))
    this.#validators.set(account, cell)
    return cell
  }

  position(validator: AccountKey, delegator: AccountKey): PositionCell | undefined {
    return this.#read(positionCodec, positionCellKey(validator, delegator))
  }

  unbonding(due: number, validator: AccountKey, delegator: AccountKey): UnbondingCell | undefined {
    return this.#read(unbondingCodec, unbondingCellKey(due, validator, delegator))
  }

  slash(validator: AccountKey, number: number): SlashCell {
    const key = slashCellKey(validator, number)
    const known = this.#slashes.get(key)
    if (known !== undefined) return known
    const cell = this.#required(slashCodec, key)
    this.#slashes.set(key, cell)
    return cell
  }

  voteKey(voteKey: ByteKey): VoteKeyCell | undefined {
    return this.#read(voteKeyCodec, voteKeyCellKey(voteKey))
  }

  offence(voteKey: ByteKey, epoch: number): OffenceCell | undefined {
    return this.#read(offenceCodec, offenceCellKey(voteKey, epoch))
  }

  proposal(ref: RefKey): ProposalCell | undefined {
    const known = this.#proposals.get(ref)
    if (known !== undefined || this.#proposals.has(ref)) return known
    const cell = this.#read(proposalCodec, proposalCellKey(ref))
    this.#proposals.set(ref, cell)
    return cell
  }

  ballot(proposal: RefKey, voter: AccountKey): BallotCell | undefined {
    return this.#read(ballotCodec, ballotCellKey(proposal, voter))
  }

  treasury(): number {
    return this.#required(treasuryCodec, treasuryKey)
  }

  params(): Params {
    return this.#required(paramsCodec, paramsKey)
  }

  sets(): SetsCell {
    this.#sets ??= this.#required(setsCodec, setsKey)
    return this.#sets
  }

  attendance(): AttendanceCell {
    return this.#required(attendanceCodec, attendanceKey)
  }

  overdue(): number | null {
    return this.#read(overdueCodec, overdueKey) ?? null
  }

  sums(): SumsCell {
    return this.#required(sumsCodec, sumsKey)
  }

  /** E6: whether `uses` may name the asset: it stands in an open datanet, or its present reviewers accept it by majority. */
  isAccepted(ref: RefKey): boolean {
    const known = this.#accepted.get(ref)
    if (known !== undefined) return known
    const accepted = this.#judge(ref)
    this.#accepted.set(ref, accepted)
    return accepted
  }

  #judge(ref: RefKey): boolean {
    const asset = this.asset(ref)
    if (asset === undefined || !isData(asset)) return false
    const datanet = this.asset(asset.datanet)
    if (datanet?.kind !== 'datanet') throw new InvariantError('E6', 'an asset without its datanet')
    if (!datanet.reviewed) return true
    let balance = 0
    for (const reviewer of datanet.reviewers) {
      const verdict = this.#read(verdictCodec, verdictCellKey(ref, reviewer))
      if (verdict !== undefined) balance += verdict.accept ? 1 : -1
    }
    return balance > 0
  }

  #required<T>(codec: CellCodec<T>, key: ByteKey): T {
    const cell = this.#read(codec, key)
    if (cell === undefined) throw new InvariantError('E1', `the state has no ${key.slice(1)}`)
    return cell
  }

  #read<T>(codec: CellCodec<T>, key: ByteKey): T | undefined {
    const bytes = this.source.get(key)
    return bytes === undefined ? undefined : decodeCell(codec, bytes)
  }
}
