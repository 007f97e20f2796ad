import type { Amount } from '../amount.ts'
import { toKey } from '../bytes.ts'
import { isMap } from '../cbor/fields.ts'
import type { ValueMap } from '../cbor/value.ts'
import { MalformedError } from '../errors.ts'
import { votingEpochs } from '../ledger/governance/voting.ts'
import { outcomes } from '../ledger/outcome.ts'
import { isParam, paramForms } from '../params.ts'
import type { Kind } from './kind.ts'
import { account, amount, type Check, integer, list, optional, type Problem, text } from './schema.ts'

export interface Spend {
  readonly to: Uint8Array
  readonly amount: Amount
}

/** A validator in office proposes new parameters, or a payment out of the treasury. */
export interface Proposal {
  readonly kind: 'proposal'
  /** By parameter. */
  readonly changes?: ValueMap
  readonly spend?: Spend
  readonly reason: string
}

const anyInteger = integer(0, Number.MAX_SAFE_INTEGER)
const checks = { integer: anyInteger, shares: list(anyInteger, 4, 4) } satisfies Record<string, Check>

/** Only the form: whether the whole set meets its bounds shows when the change is to take effect. */
const changes: Check = value => {
  if (!isMap(value)) return { path: '', expected: 'a map {parameter: value}', got: value }
  const names = Object.keys(value)
  if (names.length === 0) return { path: '', expected: 'at least one parameter', got: value }
  for (const name of names) {
    if (!isParam(name)) return { path: `.${name}`, expected: 'no such parameter', got: value[name] }
    const problem = checks[paramForms[name]](value[name])
    if (problem !== undefined) return { ...problem, path: `.${name}${problem.path}` }
  }
  return undefined
}

const spendFields = { to: account, amount }

const spend: Check = value => {
  if (!isMap(value)) return { path: '', expected: 'a map {to, amount}', got: value }
  for (const [name, check] of Object.entries(spendFields)) {
    const problem: Problem | undefined = check(value[name])
    if (problem !== undefined) return { ...problem, path: `.${name}` }
  }
  return Object.keys(value).length === 2 ? undefined : { path: '', expected: 'a map {to, amount}', got: value }
}

export const proposal: Kind<Proposal> = {
  name: 'proposal',
  fields: { changes: optional(changes), spend: optional(spend), reason: text(512) },
  check(record, where) {
    if ((record.changes === undefined) === (record.spend === undefined))
      throw new MalformedError(`${where}.changes`, 'either changes or spend', record.changes)
  },
  refs: () => [],
  apply(record, view) {
    const voters = view.opening.sets().current
    if (!voters.some(({ account: voter }) => voter === view.author)) return outcomes['not-in-office']
    const isOpen = view.opening.validator(view.author)!.proposal !== null || view.proposed.size > 0
    if (isOpen) return outcomes['proposal-open']
    view.proposed.set(view.self(), {
      author: view.author,
      changes: record.changes ?? null,
      spend: record.spend === undefined ? null : { to: toKey(record.spend.to), amount: record.spend.amount },
      voters,
      ends: view.epoch.number + votingEpochs,
      effect: null,
    })
    return outcomes.done
  },
}
