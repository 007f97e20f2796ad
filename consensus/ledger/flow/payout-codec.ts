import { supplyMax } from '../../amount.ts'
import { fromKey, toKey } from '../../bytes.ts'
import { bytesOf, integerOf, listOf, tupleOf } from '../../cbor/fields.ts'
import type { Value } from '../../cbor/value.ts'
import type { CreditedPayout } from '../execute.ts'
import { decodeChunk, encodeChunks } from './chunk.ts'
import { type CreditLine, roles } from './payouts.ts'

/** Payouts as they are kept and travel. */
export function encodePayouts(payouts: readonly CreditedPayout[]): Uint8Array[] {
  return encodeChunks(payouts, payoutValue)
}

/** Throws EncodingError or MalformedError. */
export function decodePayouts(chunk: Uint8Array, field = 'payouts'): CreditedPayout[] {
  return decodeChunk(chunk, field, parsePayout)
}

/** `[account, amount, credit after, [[role, source, amount], …]]`; a role is its number. */
export function payoutValue({ account, amount, creditAfter, lines }: CreditedPayout): Value {
  return [
    fromKey(account),
    amount,
    creditAfter,
    lines.map(({ role, source, amount: part }) => [roles.indexOf(role), fromKey(source), part]),
  ]
}

/** Throws MalformedError. */
export function parsePayout(value: Value, field: string): CreditedPayout {
  const [account, amount, creditAfter, lines] = tupleOf(value, field, 4)
  return {
    account: toKey(bytesOf(account, `${field}.account`, 32)),
    amount: integerOf(amount, `${field}.amount`, 1, supplyMax),
    creditAfter: integerOf(creditAfter, `${field}.creditAfter`, 1, Number.MAX_SAFE_INTEGER),
    lines: listOf(lines, `${field}.lines`).map((item, i) => parseLine(item, `${field}.lines[${i}]`)),
  }
}

function parseLine(value: Value, field: string): CreditLine {
  const [role, source, amount] = tupleOf(value, field, 3)
  return {
    role: roles[integerOf(role, `${field}[0]`, 0, roles.length - 1)]!,
    source: toKey(bytesOf(source, `${field}[1]`)),
    amount: integerOf(amount, `${field}[2]`, 1, supplyMax),
  }
}
