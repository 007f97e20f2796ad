import type { AccountKey } from '../../consensus/account.ts'
import { type Amount, supplyMax } from '../../consensus/amount.ts'
import { equalBytes, toKey } from '../../consensus/bytes.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { kindNames } from '../../consensus/records/registry.ts'
import type { Ref } from '../../consensus/ref.ts'
import { openText, parseOpen } from '../decimal.ts'
import { isRecordKind } from '../records/form.ts'
import { ActionRef, actionsIn, type DraftMap } from './draft.ts'
import { atPlace, type LineFields, linesOf, type ScenarioFile } from './line.ts'
import { checkName, Names } from './names.ts'
import { recordOf } from './record-line.ts'
import type { Action, Scenario, SessionTerms } from './scenario.ts'
import type { Place } from './scenario-error.ts'

export interface ParseContext {
  /** Public key (32 bytes) of an actor. */
  accountOf(actor: string): Uint8Array
  /** Public key (32 bytes) with which an actor would vote; absent: `validator` lines bring key and possession. */
  voteKeyOf?(actor: string): Uint8Array
  /** Where lines don't say who acts, it is this one; others may not act. */
  readonly soleActor?: string
  /** Labels of records that are on the ledger already. */
  readonly known?: ReadonlyMap<string, Ref>
}

/** Reads scenario files as one; throws a ScenarioError for the first wrong line. */
export function parseScenario(files: readonly ScenarioFile[], context: ParseContext): Scenario {
  const reader = new Reader(context)
  for (const [place, line] of linesOf(files)) atPlace(place, () => reader.read(place, line))
  return reader.finish()
}

/** An action before all lines are known: which sessions have vouchers of their own shows only at the end. */
type OpenAction = Omit<Action, 'author' | 'bill'>

class Reader {
  readonly #names: Names
  readonly #voteKeyOf: (actor: string) => Uint8Array | undefined
  readonly #soleActor: string | undefined
  readonly #actions: OpenAction[] = []
  readonly #funds = new Map<string, Amount>()
  /** Sessions with voucher lines. */
  readonly #vouched = new Set<number>()
  /** By account: the action that made it a validator last. */
  readonly #validators = new Map<AccountKey, number>()
  #stage = 0

  constructor(context: ParseContext) {
    this.#names = new Names(actor => context.accountOf(actor), context.known)
    this.#voteKeyOf = actor => context.voteKeyOf?.(actor)
    this.#soleActor = context.soleActor
  }

  read(place: Place, line: LineFields): void {
    const { do: kind } = line
    if (kind === 'wait') this.#wait(line)
    else if (kind === 'fund') this.#fund(line)
    else if (isRecordKind(kind)) this.#record(kind, place, line)
    else throw new MalformedError('do', `one of ${[...kindNames, 'fund', 'wait'].join(', ')}`, kind)
  }

  finish(): Scenario {
    const sessions = new Map<number, SessionTerms>()
    const actions = this.#actions.map(action => this.#finished(action, sessions))
    const { actors, labels } = this.#names
    return { actions, funds: this.#funds, labels, actors, sessions }
  }

  #wait({ actor: _actor, do: _kind, ...fields }: LineFields): void {
    refuseOthers(fields)
    this.#stage++
  }

  #fund({ actor, do: _kind, amount, ...fields }: LineFields): void {
    if (this.#soleActor !== undefined) throw new MalformedError('do', 'a record: the genesis is made already', 'fund')
    refuseOthers(fields)
    const name = this.#actor(actor)
    const sum = (this.#funds.get(name) ?? 0) + parseOpen(amount, 'amount')
    if (sum > supplyMax) throw new MalformedError('amount', `at most ${openText(supplyMax)} OPEN together`, amount)
    this.#funds.set(name, sum)
  }

  #record(kind: Action['kind'], place: Place, line: LineFields): void {
    const actor = this.#actor(line.actor)
    const draft = recordOf(kind, line, { actor, place, names: this.#names, voteKeyOf: this.#voteKeyOf })
    const action = { place, actor, kind, draft, stage: this.#stage, after: this.#after(draft, actor) }
    if (line.as !== undefined) this.#names.label(checkName(line.as, 'as'), this.#actions.length)
    if (kind === 'voucher' && draft.session instanceof ActionRef) this.#vouched.add(draft.session.action)
    if (kind === 'validator') this.#validators.set(toKey(this.#names.actor(actor)), this.#actions.length)
    this.#actions.push(action)
  }

  #actor(value: unknown): string {
    const sole = this.#soleActor
    const name = checkName(value ?? sole, 'actor')
    if (sole !== undefined && name !== sole) throw new MalformedError('actor', `${sole}, whose key signs`, name)
    this.#names.actor(name)
    return name
  }

  /**
   * Others' records must be final, one that makes somebody a validator before others stake there. So must a session, which opens
   * only after its epoch (E4), and what `uses` names, which is accepted by the opening state (E6), even if they are the author's own.
   */
  #after(draft: DraftMap, actor: string): number[] {
    const after = new Set<number>()
    for (const [field, value] of Object.entries(draft)) {
      const always = field === 'session' || field === 'uses'
      for (const target of actionsIn(value)) {
        const { actor: other, kind } = this.#actions[target]!
        // A voucher's actor isn't its author.
        if (always || other !== actor || kind === 'voucher') after.add(target)
      }
    }
    if (draft.kind === 'stake') {
      const made = this.#validators.get(toKey(draft.validator as Uint8Array))
      if (made !== undefined && this.#actions[made]!.actor !== actor) after.add(made)
    }
    return [...after]
  }

  #finished(action: OpenAction, sessions: Map<number, SessionTerms>): Action {
    const { kind, actor, draft, place } = action
    if (kind === 'voucher')
      return { ...action, author: atPlace(place, () => this.#voucherAuthor(action)), bill: undefined }
    if (kind !== 'inference' && kind !== 'action') return { ...action, author: actor, bill: undefined }
    const session = this.#sessionLeftToRunner(draft, actor)
    if (session === undefined) return { ...action, author: actor, bill: undefined }
    const { actor: payer, draft: opening } = this.#actions[session]!
    sessions.set(session, { payer, deposit: opening.deposit as Amount })
    return { ...action, author: actor, bill: { session, fee: draft.fee as Amount } }
  }

  /** A voucher is the payer's word, but the payee submits it. */
  #voucherAuthor({ actor, draft }: OpenAction): string {
    const opening = draft.session instanceof ActionRef ? this.#actions[draft.session.action] : undefined
    if (opening?.kind === 'session') {
      const payee = this.#names.actorOf(opening.draft.payee as Uint8Array)
      if (payee !== undefined) return payee
      throw new MalformedError(
        'session',
        'a session whose payee is an actor, to submit the voucher',
        opening.draft.payee,
      )
    }
    if (draft.signature === undefined)
      throw new MalformedError('signature', "the payer's signature, 64 bytes in hex", undefined)
    return actor
  }

  #sessionLeftToRunner(draft: DraftMap, payee: string): number | undefined {
    if (!(draft.session instanceof ActionRef)) return undefined
    const number = draft.session.action
    const opening = this.#actions[number]!
    if (opening.kind !== 'session' || this.#vouched.has(number)) return undefined
    const account = this.#names.actor(payee)
    return equalBytes(opening.draft.payee as Uint8Array, account) ? number : undefined
  }
}

function refuseOthers(fields: LineFields): void {
  const [field] = Object.keys(fields)
  if (field !== undefined) throw new MalformedError(field, 'no such field', fields[field])
}
