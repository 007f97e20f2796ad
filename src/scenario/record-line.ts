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

/** The record of a line, with holes; throws MalformedError for whatever the ledger would refuse as malformed (R4). */
export function recordOf(kind: RecordKind, line: LineFields, actor: string, place: Place, names: Names): DraftMap {
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
  checkDraft(draft)
  return draft
}

function unknownField(forms: Readonly<Record<string, Form>>, field: string, value: unknown): MalformedError {
  const fields = Object.keys(forms).filter(name => name !== 'size')
  return new MalformedError(field, `no such field, only ${fields.join(', ')}`, value)
}

/** Tries the record's schema with stand-ins for what is known only later. */
function checkDraft(draft: DraftMap): void {
  const signature = draft.kind === 'voucher' ? (draft.signature ?? new Uint8Array(64)) : undefined
  checkRecord(fill({ ...draft, signature }, { refOf: standInRef, epoch: 0 }), '')
}

/** A ref that no record has; different actions have different ones. */
function standInRef(action: number): Ref {
  const digest = new Uint8Array(32)
  writeU64(digest, 0, action)
  return [Cid.fromDigest(digest), 0]
}
