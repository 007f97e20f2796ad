import type { Amount } from '../../../consensus/amount.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { decodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { isFailed, outcomes } from '../../../consensus/ledger/outcome.ts'
import { otherPrice } from '../../../consensus/light/proof/claims.ts'
import type { Action } from '../../../consensus/records/action.ts'
import type { Inference } from '../../../consensus/records/inference.ts'
import type { Refinement } from '../../../consensus/records/refinement.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { type RefKey, refFromKey, refKeyText, resolveRef } from '../../../consensus/ref.ts'
import { openText } from '../../decimal.ts'
import type { Store } from '../../store/store.ts'
import { headerOf } from '../final-batches.ts'
import type { Catalogue } from './catalogue.ts'

/** R6: something that a record claims, and that what it points to doesn't bear out. */
export interface Mismatch {
  readonly text: string
  /** What it points to. */
  readonly id: string | null
}

/** Clocks of authors and validators are never quite the same. */
const clockSkewMs = 10_000

export function* mismatches(
  store: Store,
  catalogue: Catalogue,
  ref: RefKey,
  record: LedgerRecord,
): Generator<Mismatch> {
  yield* timeMismatch(store, ref)
  if (record.kind === 'inference') yield* inferenceMismatches(catalogue, ref, record)
  if (record.kind === 'inference' || record.kind === 'action') yield* useMismatches(catalogue, ref, record)
  if (record.kind === 'action') yield* callMismatches(store, catalogue, ref, record)
  if (record.kind === 'refinement') yield* sourceMismatches(store, catalogue, ref, record)
}

function* timeMismatch(store: Store, ref: RefKey): Generator<Mismatch> {
  const [batch] = refFromKey(ref)
  const epoch = store.outcomes.get(batch)?.epoch
  const record = epoch === undefined ? undefined : store.epochs.get(epoch)
  if (record === undefined) return
  if (headerOf(store, batch).time > decodeCheckpoint(record.checkpoint).time + clockSkewMs) {
    yield { text: 'claims a time after the one at which it became final', id: null }
  }
}

function* inferenceMismatches(catalogue: Catalogue, ref: RefKey, record: Inference): Generator<Mismatch> {
  const modelRef = resolveRef(record.model, refFromKey(ref)[0])
  const model = catalogue.record(modelRef)
  if (model?.kind !== 'model') return
  const listed = otherPrice(model.price, record)
  if (listed === undefined) return
  yield { text: priceText(record.fee, listed), id: refKeyText(modelRef) }
}

export function priceText(fee: Amount, listed: Amount): string {
  return `billed ${openText(fee)} OPEN, but the model’s price for these tokens is ${openText(listed)} OPEN`
}

/** F3: what is out of a model's reach isn't paid, whoever names it. */
function* useMismatches(catalogue: Catalogue, ref: RefKey, record: Inference | Action): Generator<Mismatch> {
  const [batch] = refFromKey(ref)
  const earner = catalogue.asset(resolveRef(record.kind === 'action' ? record.agent : record.model, batch))
  if (earner === undefined || !('reach' in earner)) return
  const reach = new Set(earner.reach)
  for (const [use] of record.uses ?? []) {
    const asset = resolveRef(use, batch)
    const cell = catalogue.asset(asset)
    if (cell !== undefined && 'datanet' in cell && (reach.has(asset) || reach.has(cell.datanet))) continue
    yield { text: 'says that it drew on something that isn’t among the model’s data', id: refKeyText(asset) }
  }
}

function* callMismatches(store: Store, catalogue: Catalogue, ref: RefKey, record: Action): Generator<Mismatch> {
  const [batch] = refFromKey(ref)
  const actor = toKey(headerOf(store, batch).author)
  const ownPayer = payerOf(store, resolveRef(record.session, batch))
  const agent = catalogue.asset(resolveRef(record.agent, batch))
  for (const call of record.calls) {
    const callRef = resolveRef(call, batch)
    const id = refKeyText(callRef)
    const called = catalogue.record(callRef)
    if (called?.kind !== 'inference' && called?.kind !== 'action') {
      yield {
        text:
          called === undefined
            ? 'calls a record that isn’t here'
            : `calls a ${called.kind}, which is no use of a model or agent`,
        id,
      }
      continue
    }
    const payer = payerOf(store, resolveRef(called.session, refFromKey(callRef)[0]))
    if (payer !== actor && payer !== ownPayer)
      yield { text: 'calls what somebody else paid for, in another agent’s session', id }
    if (called.kind === 'inference' && agent !== undefined && 'bases' in agent) {
      const model = resolveRef(called.model, refFromKey(callRef)[0])
      if (!agent.bases.some(([base]) => base === model))
        yield { text: `calls ${catalogue.label(model)}, which isn’t one of the agent’s models`, id }
    }
    if (!isPaid(store, callRef)) yield { text: 'calls a record that wasn’t paid', id }
  }
}

function* sourceMismatches(store: Store, catalogue: Catalogue, ref: RefKey, record: Refinement): Generator<Mismatch> {
  if (record.source === undefined) return
  const [batch] = refFromKey(ref)
  const sourceRef = resolveRef(record.source, batch)
  const id = refKeyText(sourceRef)
  const source = catalogue.record(sourceRef)
  if (source?.kind !== 'inference') {
    yield {
      text:
        source === undefined
          ? 'names a source that isn’t here'
          : `names a ${source.kind} as the inference that generated it`,
      id,
    }
    return
  }
  if (!isPaid(store, sourceRef)) yield { text: 'names as its source an inference that wasn’t paid', id }
  const drewOn = new Set((source.uses ?? []).map(([use]) => resolveRef(use, refFromKey(sourceRef)[0])))
  for (const [parent] of record.parents) {
    const parentRef = resolveRef(parent, batch)
    if (!drewOn.has(parentRef))
      yield { text: 'names as a parent what its source doesn’t say that it drew on', id: refKeyText(parentRef) }
  }
  const parents = new Set(record.parents.map(([parent]) => resolveRef(parent, batch)))
  for (const use of drewOn) {
    if (!parents.has(use)) yield { text: 'leaves out of its parents what its source drew on', id: refKeyText(use) }
  }
}

/** The author of a session that was opened. */
function payerOf(store: Store, session: RefKey): string | undefined {
  const [batch, index] = refFromKey(session)
  const code = store.outcomes.get(batch)?.codes[index]
  return code === undefined || isFailed(code) ? undefined : toKey(headerOf(store, batch).author)
}

function isPaid(store: Store, ref: RefKey): boolean {
  const [batch, index] = refFromKey(ref)
  return store.outcomes.get(batch)?.codes[index] === outcomes.paid
}
