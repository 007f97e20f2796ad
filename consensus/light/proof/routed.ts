import type { Amount, Ppm } from '../../amount.ts'
import type { Cid } from '../../cid.ts'
import type { FlowId } from '../../ledger/flow/flow.ts'
import { useValue } from '../../ledger/flow/use-columns.ts'
import { outcomes } from '../../ledger/outcome.ts'
import { mismatch } from '../../merkle/proof-error.ts'
import { type RefKey, refKeyText, resolveRef } from '../../ref.ts'
import type { LeafValue } from './answer.ts'
import { parsePartLeaf } from './leaves.ts'
import type { ProvedBooks } from './proved-books.ts'
import { readRecords, type SignedRecord } from './signed-batch.ts'

/** Whether the fee of an inference or action went on its way to an asset, and if not, why. */
export type RoutedVerdict =
  /** It counts among the records behind what the asset was given: by `fee·weight` of `whole`, of which `amount` was made. */
  | { readonly routed: true; readonly weight: Ppm; readonly whole: bigint; readonly amount: Amount }
  /** R4: its outcome isn't `paid`; it routed nothing at all. */
  | { readonly routed: false; readonly why: 'not-paid'; readonly code: number }
  /** It doesn't name the asset. */
  | { readonly routed: false; readonly why: 'not-named' }
  /** F3: the model has an attributor: what its payees name is evidence only. */
  | { readonly routed: false; readonly why: 'attributor' }
  /** F3: no part of the model's data money was for the asset: it wasn't accepted, or not within the model's reach. */
  | { readonly routed: false; readonly why: 'not-counted' }
  /** F1: the fees of the epoch were too small for a data part. */
  | { readonly routed: false; readonly why: 'no-data-part' }

export interface RoutedRecord {
  readonly signed: SignedRecord
  readonly verdict: RoutedVerdict
}

/**
 * Proves whether a record that the epoch finalized was routed to an asset. That a record was never written can't be proved. Throws
 * ProofError; `missing` where the epoch didn't finalize it.
 */
export async function checkRouted(books: ProvedBooks, batch: Cid, index: number, asset: RefKey): Promise<RoutedRecord> {
  const [signed] = await readRecords(books.trusted, books.reader, batch, [index])
  if (signed!.code === undefined) {
    throw mismatch('missing', refKeyText(signed!.ref), `final in epoch ${books.epoch}`, 'not')
  }
  return { signed: signed!, verdict: await verdictOn(books, signed!, asset) }
}

async function verdictOn(books: ProvedBooks, signed: SignedRecord, asset: RefKey): Promise<RoutedVerdict> {
  const { record, batch, code } = signed
  if (record.kind !== 'inference' && record.kind !== 'action') {
    throw mismatch('record', refKeyText(signed.ref), 'an inference or action', record.kind)
  }
  const weight = record.uses?.find(([use]) => resolveRef(use, batch) === asset)?.[1]
  if (weight === undefined) return { routed: false, why: 'not-named' }
  if (code !== outcomes.paid) return { routed: false, why: 'not-paid', code: code! }
  const earner = resolveRef(record.kind === 'action' ? record.agent : record.model, batch)
  const { id, cell, named } = await books.built(earner)
  if (cell.attributor !== null) return { routed: false, why: 'attributor' }
  if (named === undefined) return { routed: false, why: 'no-data-part' }
  const part = await books.namedPart(id, named, asset)
  if (part === undefined) return { routed: false, why: 'not-counted' }
  await expectCounted(books, id, asset, part.leaf, signed, useValue(record.fee, weight))
  return { routed: true, weight, whole: BigInt(part.value), amount: part.amount }
}

/** The record stands among those behind the part, with all that it counts. */
async function expectCounted(
  books: ProvedBooks,
  flow: FlowId,
  to: RefKey,
  leaf: Uint8Array,
  { ref }: SignedRecord,
  value: LeafValue,
): Promise<void> {
  const { records } = parsePartLeaf(leaf)
  if (records === undefined) throw mismatch('list', `uses of ${refKeyText(to)}`, 'a root of records', 'none')
  const found = await books.find({ name: 'use-records', flow, to }, records, ref)
  if (BigInt(found!.value) !== BigInt(value))
    throw mismatch('record', `weight of ${refKeyText(ref)}`, value, found!.value)
}
