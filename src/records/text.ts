import { accountText } from '../../consensus/account.ts'
import { type Evidence, signedMessageValue } from '../../consensus/agreement/evidence.ts'
import { typeName } from '../../consensus/agreement/message.ts'
import { toHex } from '../../consensus/bytes.ts'
import type { Value, ValueMap } from '../../consensus/cbor/value.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Spend } from '../../consensus/records/proposal.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import type { Price, Weighted } from '../../consensus/records/schema.ts'
import { type Ref, refText } from '../../consensus/ref.ts'
import { openText } from '../decimal.ts'
import { type Form, formsOf } from './form.ts'

export type TextFields = Readonly<Record<string, unknown>>

/**
 * A record's fields beyond `kind` as an export prints them: amounts in decimal OPEN, accounts, refs and CIDs as text, hashes
 * in hex, shares and weights in ppm. Refs within the same batch are resolved to `batch`.
 */
export function recordText(record: LedgerRecord, batch: Cid): TextFields {
  const values = record as unknown as Readonly<Record<string, Value | undefined>>
  const text: Record<string, unknown> = {}
  for (const [name, form] of Object.entries(formsOf(record.kind))) {
    const value = values[name]
    if (value !== undefined) text[name] = fieldText(form, value, batch)
  }
  return text
}

function fieldText(form: Form, value: unknown, batch: Cid): unknown {
  const resolved = ([cid, index]: Ref) => refText([cid ?? batch, index])
  switch (form) {
    case 'text':
    case 'share':
    case 'count':
    case 'params':
      return value
    case 'amount':
      return openText(value as number)
    case 'price': {
      const price = value as Price
      return { in: openText(price.in), out: openText(price.out) }
    }
    case 'account':
      return accountText(value as Uint8Array)
    case 'accounts':
      return (value as Uint8Array[]).map(accountText)
    case 'ref':
      return resolved(value as Ref)
    case 'refs':
      return (value as Ref[]).map(resolved)
    case 'weights':
      return (value as Weighted[]).map(([ref, weight]) => [resolved(ref), weight])
    case 'cid':
      return String(value)
    case 'hash':
      return toHex(value as Uint8Array)
    case 'spend': {
      const { to, amount } = value as Spend
      return { to: accountText(to), amount: openText(amount) }
    }
    case 'message':
      return messageText(value as ValueMap)
  }
}

/** A line with which anybody can submit what proves an offence (T12). */
export function evidenceLine({ key, pair }: Evidence): TextFields {
  const [first, second] = pair.map(message => messageText(signedMessageValue(message) as ValueMap))
  return { do: 'evidence', key: toHex(key), first, second }
}

function messageText(message: ValueMap): TextFields {
  const { type, epoch, round, checkpoint, validRound, signature, content } = message
  return {
    type: typeName(type as number),
    epoch,
    round,
    checkpoint: checkpoint === null ? null : String(checkpoint),
    validRound,
    ...(content === undefined ? {} : { content: toHex(content as Uint8Array) }),
    signature: toHex(signature as Uint8Array),
  }
}
