import type { AccountKey } from './account.ts'
import { fromKey, toKey } from './bytes.ts'
import { blockCidOf, bytesOf, integerOf, listOf, tupleOf } from './cbor/fields.ts'
import type { Value } from './cbor/value.ts'
import type { Cid } from './cid.ts'
import { MalformedError } from './errors.ts'

/** The last batch of one author that an epoch finalizes; all before it in the author's chain go with it. */
export interface CutEntry {
  readonly author: AccountKey
  /** From 1. */
  readonly seq: number
  /** The batch's header. */
  readonly batch: Cid
}

/** What one epoch finalizes: at most one entry per author, in account order. */
export type Cut = readonly CutEntry[]

/** `[[author (32 bytes), seq, batch CID], …]`. */
export function cutValue(cut: Cut): Value {
  return cut.map(({ author, seq, batch }) => [fromKey(author), seq, batch])
}

/**
 * Throws MalformedError. That each author is an account is not checked here: a batch is held only if its author is one, and
 * a cut is voted for only if its batches are held (T4).
 */
export function parseCut(value: Value | undefined, field = 'cut'): Cut {
  const cut = listOf(value, field).map((item, i) => parseEntry(item, `${field}[${i}]`))
  for (let i = 1; i < cut.length; i++) {
    if (cut[i - 1]!.author >= cut[i]!.author) {
      throw new MalformedError(`${field}[${i}]`, 'authors in ascending order', fromKey(cut[i]!.author))
    }
  }
  return cut
}

function parseEntry(value: Value, field: string): CutEntry {
  const [author, seq, batch] = tupleOf(value, field, 3)
  return {
    author: toKey(bytesOf(author, `${field}[0]`, 32)),
    seq: integerOf(seq, `${field}[1]`, 1, Number.MAX_SAFE_INTEGER),
    batch: blockCidOf(batch, `${field}[2]`),
  }
}
