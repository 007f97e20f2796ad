import { messageTypes, typeCode } from '../../consensus/agreement/message.ts'
import { type Ppm, ppmWhole } from '../../consensus/amount.ts'
import { fromHex } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { parseOpen } from '../decimal.ts'
import type { Form } from '../records/form.ts'
import type { Draft, DraftMap } from './draft.ts'
import type { Names } from './names.ts'

/** Reads one field of a line into what the record will hold; throws MalformedError. Bounds are left to the record's schema. */
export function parseField(form: Form, value: unknown, field: string, names: Names): Draft {
  switch (form) {
    case 'text':
      if (typeof value !== 'string' || !value.isWellFormed()) throw new MalformedError(field, 'text', value)
      return value
    case 'count':
      if (!Number.isSafeInteger(value)) throw new MalformedError(field, 'an integer', value)
      return value as number
    case 'amount':
      return parseOpen(value, field)
    case 'price':
      return parsePrice(value, field)
    case 'share':
      return parseShare(value, field)
    case 'account':
      return names.account(value, field)
    case 'accounts':
      return items(value, field).map((item, i) => names.account(item, `${field}[${i}]`))
    case 'ref':
      return names.ref(value, field)
    case 'refs':
      return items(value, field).map((item, i) => names.ref(item, `${field}[${i}]`))
    case 'weights':
      return parseWeights(value, field, names)
    case 'cid':
      return parseCid(value, field)
    case 'hash':
      return parseHex(value, field)
    case 'params':
      return mapOf(value, field) as DraftMap
    case 'spend': {
      const { to, amount, ...others } = mapOf(value, field)
      refuseOthers(others, field)
      return { to: names.account(to, `${field}.to`), amount: parseOpen(amount, `${field}.amount`) }
    }
    case 'message':
      return parseMessage(mapOf(value, field), field)
  }
}

function parseCid(value: unknown, field: string): Cid {
  if (typeof value !== 'string') throw new MalformedError(field, 'a CID like bafy…', value)
  return Cid.fromText(value, field)
}

/** How far a share may be from a whole number of ppm: what a decimal loses as a double, and no more. */
const shareErrorMax = 1e-9

/** ppm of a number from 0 to 1. */
export function parseShare(value: unknown, field: string): Ppm {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new MalformedError(field, 'a number from 0 to 1', value)
  const ppm = Math.round(value * ppmWhole)
  if (Math.abs(value - ppm / ppmWhole) > shareErrorMax) throw new MalformedError(field, 'at most 6 decimals', value)
  return ppm
}

function parseWeights(value: unknown, field: string, names: Names): Draft {
  let sum = 0
  const weights = items(value, field).map((item, i) => {
    if (!Array.isArray(item) || item.length !== 2) throw new MalformedError(`${field}[${i}]`, '[@LABEL, weight]', item)
    const weight = parseShare(item[1], `${field}[${i}][1]`)
    sum += weight
    return [names.ref(item[0], `${field}[${i}][0]`), weight]
  })
  if (sum !== ppmWhole) throw new MalformedError(field, 'weights that sum to 1', sum / ppmWhole)
  return weights
}

function mapOf(value: unknown, field: string, expected = 'an object'): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new MalformedError(field, expected, value)
}

function refuseOthers(others: Readonly<Record<string, unknown>>, field: string): void {
  const other = Object.keys(others)[0]
  if (other !== undefined) throw new MalformedError(`${field}.${other}`, 'no such field', others[other])
}

/** As an export writes it. */
function parseMessage(message: Readonly<Record<string, unknown>>, field: string): DraftMap {
  const { type, checkpoint, signature, content, ...numbers } = message
  const name = messageTypes.find(known => known === type)
  if (name === undefined) throw new MalformedError(`${field}.type`, messageTypes.join(' or '), type)
  return {
    ...(numbers as DraftMap),
    type: typeCode(name),
    checkpoint: checkpoint === null ? null : parseCid(checkpoint, `${field}.checkpoint`),
    signature: parseHex(signature, `${field}.signature`),
    ...(content === undefined ? {} : { content: parseHex(content, `${field}.content`) }),
  }
}

function parsePrice(value: unknown, field: string): Draft {
  const { in: input, out: output, ...others } = mapOf(value, field, '{"in", "out"} in OPEN per 1,000 tokens')
  refuseOthers(others, field)
  return { in: parseOpen(input, `${field}.in`), out: parseOpen(output, `${field}.out`) }
}

function parseHex(value: unknown, field: string): Uint8Array {
  const bytes = typeof value === 'string' ? fromHex(value) : undefined
  if (bytes === undefined) throw new MalformedError(field, 'bytes in hex', value)
  return bytes
}

function items(value: unknown, field: string): unknown[] {
  if (!Array.isArray(value)) throw new MalformedError(field, 'a list', value)
  return value
}
