import type { AccountKey } from '../account.ts'
import type { Amount } from '../amount.ts'
import { LedgerError } from '../errors.ts'
import type { Params } from '../params.ts'

/** The cut breaks a rule: whoever proposed it, no node may finalize it. */
export class CutError extends LedgerError {
  constructor(rule: string, message: string, facts: Record<string, unknown> = {}) {
    super(`cut-${rule}`, message, facts)
  }
}

/** One author's part of a cut. */
export interface PartSize {
  readonly author: AccountKey
  /** Of headers, signatures and bodies. */
  readonly bytes: number
  /** At the opening. */
  readonly balance: Amount
}

/** T5 and section 6: one author has at most a quarter of a cut; at most an eighth rides free, 16 KiB an author. */
export const authorCutDivisor = 4
export const freeLaneDivisor = 8
export const freeBytesMax = 16 * 1024
/** A proposal carries its whole cut, at most 85 bytes an author, and must fit into a gossiped message of 2 MiB. */
export const cutAuthorsMax = 20_000

/** What each author pays for its bytes, in the order given; throws CutError. */
export function byteFees(params: Params, parts: readonly PartSize[]): Amount[] {
  if (parts.length > cutAuthorsMax)
    throw new CutError('authors', `more than ${cutAuthorsMax} authors in a cut`, { authors: parts.length })
  let total = 0
  let free = 0
  const fees = parts.map(({ bytes, balance }) => {
    total += bytes
    if (bytes > params.maxEpochBytes / authorCutDivisor)
      throw new CutError('author-bytes', 'an author has more than a quarter of the cut')
    const fee = byteFee(params, bytes)
    if (fee <= balance) return fee
    if (bytes > freeBytesMax)
      throw new CutError('unaffordable', 'an author cannot pay for its bytes', { bytes, balance })
    free += bytes
    return 0
  })
  if (total > params.maxEpochBytes) throw new CutError('bytes', 'the cut is too large', { total })
  if (free > params.maxEpochBytes / freeLaneDivisor)
    throw new CutError('free-bytes', 'more than an eighth of the cut rides free', { free })
  return fees
}

/** µOPEN for an author's part of a cut. */
export function byteFee(params: Params, bytes: number): Amount {
  return params.bytePrice * Math.ceil(bytes / 1024)
}

/** T5: how many bytes a fresh cut may hold in a round, so that slow networks still decide. */
export function roundBytesMax(params: Params, round: number): number {
  const floor = 1024 * 1024
  return Math.max(floor, Math.floor(params.maxEpochBytes / 2 ** Math.min(round, 32)))
}
