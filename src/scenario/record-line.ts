import { writeU64 } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { checkRecord } from '../../consensus/records/registry.ts'
import type { Ref } from '../../consensus/ref.ts'
import { type Form, formsOf, type RecordKind } from '../records/form.ts'
import { parseContent } from './content.ts'
import { defaultsOf } from './defaults.ts'
import { type DraftMap, fill } from './draft.ts'
import { parseField } from './field.ts'
import type { LineFields } from './line.ts'
import type { Names } from './names.ts'
import type { Place } from './scenario-error.ts'

/** What a line is read in. */
export interface LineContext {
  readonly actor: string
  readonly place: Place
  readonly names: Names
  readonly voteKeyOf: (actor: string) => Uint8Array | undefined
}

/** The record of a line, with holes; throws MalformedError for whatever the ledger would refuse as malformed (R4). */
export function recordOf(kind: RecordKind, line: LineFields, context: LineContext): DraftMap {
  const { actor, place, names, voteKeyOf } = context
  const { actor: _actor, do: _kind, as: _label, content, ...fields } = line
  const forms = formsOf(kind)
  const draft: Record<string, DraftMap[string]> = { kind, ...defaultsOf(kind, actor, place) }
  if (content !== undefined && Object.hasOwn(forms, 'content')) Object.assign(draft, parseContent(content, 'content'))
  else if (content !== undefined) throw unknownField(forms, 'content', content)
  for (const [field, value] of Object.entries(fields)) {
    // The size comes with the content that it is the size of.
    if (!Object.hasOwn(forms, field) || field === 'size') throw unknownField(forms, field, value)
    draft[field] = parseField(forms[field]!, value, field, names)
  }
  if (kind === 'validator') addVoteKey(draft, voteKeyOf(actor))
  checkDraft(draft)
  return draft
}

function unknownField(forms: Readonly<Record<string, Form>>, field: string, value: unknown): MalformedError {
  const fields = Object.keys(forms).filter(name => name !== 'size')
  return new MalformedError(field, `no such field, only ${fields.join(', ')}`, value)
}

/** A vote key that is known here also signs, when the record is written. */
function addVoteKey(draft: Record<string, DraftMap[string]>, known: Uint8Array | undefined): void {
  if (draft.key === undefined && draft.possession === undefined && known !== undefined) draft.key = known
  else if (draft.possession === undefined)
    throw new MalformedError(
      'possession',
      "the vote key's signature, 64 bytes in hex, or submit with --vote-key FILE to make it",
      undefined,
    )
}

/** Tries the record's schema with stand-ins for what is known only later. */
function checkDraft(draft: DraftMap): void {
  checkRecord(fill({ ...draft, ...standInSignature(draft) }, { refOf: standInRef, epoch: 0 }), '')
}

function standInSignature({ kind, signature, possession }: DraftMap): DraftMap {
  const none = new Uint8Array(64)
  if (kind === 'voucher') return { signature: signature ?? none }
  return kind === 'validator' ? { possession: possession ?? none } : {}
}

/** A ref that no record has; different actions have different ones. */
function standInRef(action: number): Ref {
  const digest = new Uint8Array(32)
  writeU64(digest, 0, action)
  return [Cid.fromDigest(digest), 0]
}
