import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import { compareKeys } from '../../bytes.ts'
import type { ValueMap } from '../../cbor/value.ts'
import { MalformedError } from '../../errors.ts'
import { checkParams, type Params } from '../../params.ts'
import type { RefKey } from '../../ref.ts'
import { duePrefix, refOfDueKey } from '../cells/due.ts'
import { paramsCodec, paramsKey } from '../cells/global.ts'
import { ballotCellKey, ballotCodec, type ProposalCell, proposalCellKey, proposalCodec } from '../cells/proposal.ts'
import type { ClosingState } from '../closing-state.ts'
import type { Collected } from '../collected.ts'
import type { OpeningState } from '../opening-state.ts'
import type { ClosingValidators } from '../stake/closing-validators.ts'
import { effectEpochs, isPassed } from './voting.ts'

/** What authors did in the epoch, and where conclusions go. */
export interface Assembly {
  readonly epoch: number
  readonly opening: OpeningState
  readonly closing: ClosingState
  readonly validators: ClosingValidators
  readonly collected: Collected
  readonly proposed: ReadonlyMap<RefKey, ProposalCell>
  /** By the key of the ballot's cell. */
  readonly ballots: ReadonlyMap<ByteKey, boolean>
}

/** Takes in proposals and ballots, then concludes what is due, by ref. Returns what is left of the treasury. */
export function govern(assembly: Assembly, treasury: Amount): Amount {
  const { epoch, opening, closing, validators, proposed } = assembly
  for (const [ref, cell] of proposed) {
    closing.put(proposalCodec, proposalCellKey(ref), undefined, cell)
    closing.putDue(cell.ends, 'p', ref)
    validators.change(cell.author, { proposal: ref })
  }
  const conclusion = new Conclusion(assembly, treasury)
  const due = [...opening.source.keysFrom(duePrefix(epoch, 'p'))].map(refOfDueKey)
  for (const ref of due.sort(compareKeys)) conclusion.conclude(ref)
  return conclusion.write()
}

class Conclusion {
  readonly #assembly: Assembly
  readonly #ballots: Map<ByteKey, boolean>
  readonly #paramsBefore: Params
  #params: Params
  #treasury: Amount

  constructor(assembly: Assembly, treasury: Amount) {
    this.#assembly = assembly
    this.#ballots = new Map(assembly.ballots)
    this.#paramsBefore = assembly.opening.params()
    this.#params = this.#paramsBefore
    this.#treasury = treasury
  }

  /** The voting is over, or what was voted takes effect. */
  conclude(ref: RefKey): void {
    const { epoch, opening, closing } = this.#assembly
    const cell = opening.proposal(ref)!
    closing.dropDue(epoch, 'p', ref)
    if (cell.effect !== null) {
      this.#takeEffect(cell)
      this.#end(ref, cell)
    } else if (isPassed(cell.voters, voter => this.#ballot(ref, voter))) {
      const effect = epoch + effectEpochs
      closing.put(proposalCodec, proposalCellKey(ref), cell, { ...cell, effect })
      closing.putDue(effect, 'p', ref)
    } else this.#end(ref, cell)
  }

  write(): Amount {
    const { closing } = this.#assembly
    for (const [key, yes] of this.#ballots) closing.put(ballotCodec, key, undefined, { yes })
    if (this.#params !== this.#paramsBefore) closing.put(paramsCodec, paramsKey, this.#paramsBefore, this.#params)
    return this.#treasury
  }

  #ballot(ref: RefKey, voter: AccountKey): boolean | undefined {
    return this.#ballots.get(ballotCellKey(ref, voter)) ?? this.#assembly.opening.ballot(ref, voter)?.yes
  }

  /** What would break a bound or a sum, or spend more than there is, lapses. */
  #takeEffect({ changes, spend }: ProposalCell): void {
    if (changes !== null) this.#params = changedParams(this.#params, changes) ?? this.#params
    if (spend === null || spend.amount > this.#treasury) return
    this.#treasury -= spend.amount
    this.#assembly.collected.receive(spend.to, spend.amount)
  }

  #end(ref: RefKey, { author, voters }: ProposalCell): void {
    const { opening, closing, validators } = this.#assembly
    closing.put(proposalCodec, proposalCellKey(ref), undefined, undefined)
    validators.change(author, { proposal: null })
    for (const { account } of voters) {
      const key = ballotCellKey(ref, account)
      this.#ballots.delete(key)
      const before = opening.ballot(ref, account)
      if (before !== undefined) closing.put(ballotCodec, key, before, undefined)
    }
  }
}

/** The whole set with the changes, if it meets every bound and sum. */
function changedParams(params: Params, changes: ValueMap): Params | undefined {
  try {
    return checkParams({ ...params, ...changes })
  } catch (error) {
    if (error instanceof MalformedError) return undefined
    throw error
  }
}
