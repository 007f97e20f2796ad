import type { Value, ValueMap } from '../cbor/value.ts'
import { MalformedError } from '../errors.ts'
import { type Action, action } from './action.ts'
import { type Agent, agent } from './agent.ts'
import { type Assign, assign } from './assign.ts'
import { type Attribution, attribution } from './attribution.ts'
import { type Ballot, ballot } from './ballot.ts'
import { type Close, close } from './close.ts'
import { type Contribution, contribution } from './contribution.ts'
import { type Datanet, datanet } from './datanet.ts'
import { type Evidence, evidence } from './evidence.ts'
import { type Inference, inference } from './inference.ts'
import type { Kind } from './kind.ts'
import { type Model, model } from './model.ts'
import { type Proposal, proposal } from './proposal.ts'
import { type Refinement, refinement } from './refinement.ts'
import { type Review, review } from './review.ts'
import { type Reviewers, reviewers } from './reviewers.ts'
import { checkFields } from './schema.ts'
import { type Session, session } from './session.ts'
import { type Stake, stake } from './stake.ts'
import { type Transfer, transfer } from './transfer.ts'
import { type Unstake, unstake } from './unstake.ts'
import { type Validator, validator } from './validator.ts'
import { type Voucher, voucher } from './voucher.ts'

/** Any record of the ledger. */
export type LedgerRecord =
  | Transfer
  | Datanet
  | Contribution
  | Refinement
  | Review
  | Reviewers
  | Model
  | Agent
  | Assign
  | Session
  | Close
  | Voucher
  | Inference
  | Action
  | Attribution
  | Validator
  | Stake
  | Unstake
  | Proposal
  | Ballot
  | Evidence

const kinds: readonly unknown[] = [
  transfer,
  datanet,
  contribution,
  refinement,
  review,
  reviewers,
  model,
  agent,
  assign,
  session,
  close,
  voucher,
  inference,
  action,
  attribution,
  validator,
  stake,
  unstake,
  proposal,
  ballot,
  evidence,
]

const registry = new Map((kinds as readonly Kind<LedgerRecord>[]).map(kind => [kind.name, kind]))

export const kindNames: readonly string[] = [...registry.keys()]

export function kindOf(record: LedgerRecord): Kind<LedgerRecord> {
  return registry.get(record.kind)!
}

/** R4: proves that a decoded value is a record, or throws MalformedError. `where` names it in messages. */
export function checkRecord(value: Value, where = 'record'): LedgerRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new MalformedError(where, 'a map', value)
  }
  const map = value as ValueMap
  const kind = registry.get(map.kind as LedgerRecord['kind'])
  if (kind === undefined) throw new MalformedError(`${where}.kind`, `one of ${kindNames.join(', ')}`, map.kind)
  checkFields(map, kind.fields, where)
  const record = map as unknown as LedgerRecord
  kind.check?.(record, where)
  return record
}
