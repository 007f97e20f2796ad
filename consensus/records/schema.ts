import { type Amount, type Ppm, ppmWhole, supplyMax } from '../amount.ts'
import { toKey } from '../bytes.ts'
import type { Value, ValueMap } from '../cbor/value.ts'
import { Cid } from '../cid.ts'
import { isPublicKey } from '../crypto.ts'
import { MalformedError } from '../errors.ts'
import { batchRecordsMax, type Ref, refKey } from '../ref.ts'

/** What is wrong with a value: where below the field, and what was expected there. */
export interface Problem {
  readonly path: string
  readonly expected: string
  readonly got: unknown
}

/** R4: judges one value by itself. Returns nothing where it is fine, so that the usual case allocates nothing. */
export type Check = (value: Value | undefined) => Problem | undefined

export type Fields = Readonly<Record<string, Check>>

/** Names that no record may use beside its own fields. */
export function checkFields(record: ValueMap, fields: Fields, where: string): void {
  for (const name in fields) {
    const problem = fields[name]!(record[name])
    if (problem !== undefined)
      throw new MalformedError(`${where}.${name}${problem.path}`, problem.expected, problem.got)
  }
  for (const name in record) {
    if (name !== 'kind' && !Object.hasOwn(fields, name)) {
      throw new MalformedError(`${where}.${name}`, 'no such field', record[name])
    }
  }
}

const expected = (what: string, got: unknown, path = ''): Problem => ({ path, expected: what, got })

export function optional(check: Check): Check {
  return value => (value === undefined ? undefined : check(value))
}

export function integer(min: number, max: number): Check {
  const what = `an integer from ${min} to ${max}`
  return value =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? undefined : expected(what, value)
}

/** µOPEN, at least 1. */
export const amount: Check = integer(1, supplyMax)
export const ppm: Check = integer(0, ppmWhole)

/** UTF-8 of at most `bytesMax` bytes, not empty. */
export function text(bytesMax: number): Check {
  const what = `text of 1 to ${bytesMax} bytes`
  return value =>
    typeof value === 'string' && value.length > 0 && utf8Length(value) <= bytesMax ? undefined : expected(what, value)
}

export function oneOf(...choices: readonly string[]): Check {
  const what = choices.join(' or ')
  return value => (typeof value === 'string' && choices.includes(value) ? undefined : expected(what, value))
}

export function bytes(length: number): Check {
  const what = `${length} bytes`
  return value => (value instanceof Uint8Array && value.length === length ? undefined : expected(what, value))
}

/** An account's public key: 32 bytes, canonical, of large order (R3). */
export const account: Check = value =>
  value instanceof Uint8Array && isPublicKey(value) ? undefined : expected('an Ed25519 public key', value)

/** SHA-256 of something that only its owner can show: 32 bytes. */
export const saltedHash: Check = bytes(32)

export const cid: Check = value => (value instanceof Cid ? undefined : expected('a CID', value))

/** `[batch CID or null, index]`. That a null batch points backwards is for the batch to check: it knows the place. */
export const ref: Check = value => {
  if (!Array.isArray(value) || value.length !== 2) return expected('a ref [batch CID or null, index]', value)
  const [batch, index] = value as Value[]
  if (batch !== null && !(batch instanceof Cid && batch.isDagCbor && batch.bytes.length === 36)) {
    return expected('the CID of a batch, or null', batch, '[0]')
  }
  if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= batchRecordsMax) {
    return expected(`an index from 0 to ${batchRecordsMax - 1}`, index, '[1]')
  }
  return undefined
}

export function list(item: Check, min: number, max: number): Check {
  const what = `a list of ${min} to ${max}`
  return value => {
    if (!Array.isArray(value) || value.length < min || value.length > max) return expected(what, value)
    for (let i = 0; i < value.length; i++) {
      const problem = item(value[i])
      if (problem !== undefined) return { ...problem, path: `[${i}]${problem.path}` }
    }
    return undefined
  }
}

/** Distinct refs. */
export function refList(min: number, max: number): Check {
  const items = list(ref, min, max)
  return value => items(value) ?? duplicateRef(value as Ref[], entry => entry)
}

/** Distinct accounts. */
export function accountList(min: number, max: number): Check {
  const items = list(account, min, max)
  return value => {
    const problem = items(value)
    if (problem !== undefined) return problem
    const keys = new Set((value as Uint8Array[]).map(toKey))
    return keys.size === (value as Value[]).length ? undefined : expected('distinct accounts', value)
  }
}

export type Weighted = readonly [ref: Ref, weight: Ppm]

/** `[[ref, weight], …]`: distinct refs, each weight at least `weightMin`, all together exactly 10^6. */
export function weights(countMax: number, weightMin = 1): Check {
  const what = `a list of 1 to ${countMax} [ref, weight]`
  return value => {
    if (!Array.isArray(value) || value.length < 1 || value.length > countMax) return expected(what, value)
    let sum = 0
    for (let i = 0; i < value.length; i++) {
      const entry = value[i] as Value
      if (!Array.isArray(entry) || entry.length !== 2) return expected('[ref, weight]', entry, `[${i}]`)
      const problem = ref(entry[0])
      if (problem !== undefined) return { ...problem, path: `[${i}][0]${problem.path}` }
      const weight = entry[1] as Value
      if (!Number.isInteger(weight) || (weight as number) < weightMin || (weight as number) > ppmWhole) {
        return expected(`a weight from ${weightMin} to ${ppmWhole} ppm`, weight, `[${i}][1]`)
      }
      sum += weight as number
    }
    if (sum !== ppmWhole) return expected(`weights that sum to ${ppmWhole} ppm`, sum)
    return duplicateRef(value as Weighted[], entry => entry[0])
  }
}

/** Two lists of the same refs in other words (`null` and the own batch's CID) can't occur: a batch can't name its own CID. */
function duplicateRef<T>(entries: readonly T[], refOf: (entry: T) => Ref): Problem | undefined {
  if (entries.length < 2) return undefined
  const seen = new Set<string>()
  for (const entry of entries) {
    const [batch, index] = refOf(entry)
    const key = batch === null ? `./${index}` : refKey(batch, index)
    if (seen.has(key)) return expected('distinct refs', 'the same ref twice')
    seen.add(key)
  }
  return undefined
}

function utf8Length(value: string): number {
  let length = 0
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    // Each half of a surrogate pair counts 2 of its 4 bytes.
    length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 2 : 3
  }
  return length
}

/** Price of tokens: µOPEN per 1,000 tokens, in and out. A claim for payers, not enforced (R6). */
export const price: Check = value => {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    value instanceof Uint8Array ||
    value instanceof Cid
  ) {
    return expected('a map {in, out}', value)
  }
  const map = value as ValueMap
  for (const side of ['in', 'out']) {
    const problem = integer(0, supplyMax)(map[side])
    if (problem !== undefined) return { ...problem, path: `.${side}` }
  }
  return Object.keys(map).length === 2 ? undefined : expected('a map {in, out}', value)
}

export interface Price {
  readonly in: Amount
  readonly out: Amount
}
