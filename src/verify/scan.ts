import { readU32, toKey } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { Cid } from '../../consensus/cid.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { AuditedValue } from '../store/database.ts'
import { authorKey, keyEpoch, sectionOf } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import type { Findings } from './findings.ts'
import type { Live } from './live.ts'

/** What tells whether a stored key belongs to the ledger. */
export interface Belonging {
  readonly live: Live
  readonly first: number
  readonly head: number
  /** The same ledger executed again; undefined where it couldn't be. */
  readonly twin: Store | undefined
}

/** Every stored value against its checksum, and every key against what the ledger consists of. Returns how many there are. */
export async function scanValues(
  values: AsyncIterable<AuditedValue>,
  belonging: Belonging | undefined,
  findings: Findings,
): Promise<number> {
  let count = 0
  for await (const { key, value, problem } of values) {
    count++
    if (problem !== undefined) findings.add(key === undefined ? 'a file of the database' : key, problem)
    else if (key !== undefined && belonging !== undefined && !belongs(key, belonging)) {
      findings.add(key, 'belongs to nothing')
      if (sectionOf(key) === 'batch') nameMissingPlace(value, findings)
    }
  }
  return count
}

/** Pending batches are found by their authors: where that entry is missing, the batch itself tells which. */
function nameMissingPlace(value: Uint8Array | undefined, findings: Findings): void {
  findings.attempt('author', () => {
    const [header] = decode(value ?? new Uint8Array()) as [Uint8Array]
    const { author, seq } = decode(header) as { author?: Uint8Array; seq?: number }
    if (author instanceof Uint8Array && Number.isSafeInteger(seq)) {
      findings.add(authorKey(author, seq, Cid.of(nativeCrypto, header)), 'missing')
    }
  })
}

const epochLength = 6

function belongs(key: Uint8Array, { live, first, head, twin }: Belonging): boolean {
  const section = sectionOf(key)
  switch (section) {
    case 'batch':
      return live.hasBatch(key.subarray(1))
    case 'body':
      return live.hasBatch(key.subarray(1 + epochLength))
    case 'author':
      return live.hasBatch(key.subarray(key.length - 32))
    case 'outcome':
      return live.isFinal(key.subarray(1))
    case 'checkpoint':
      return live.hasCheckpoint(key.subarray(1))
    case 'block':
      return live.hasBlock(key.subarray(1))
    case 'epoch':
      return keyEpoch(key) >= first && keyEpoch(key) <= head
    case 'payouts':
    case 'flows': {
      const epoch = keyEpoch(key)
      return epoch >= first && epoch <= head && live.hasChunk(section, epoch, readU32(key, 1 + epochLength))
    }
    case 'state':
      return twin === undefined || twin.state.get(toKey(key.subarray(1))) !== undefined
    case 'page':
      return twin === undefined || twin.pages.get(toKey(key.subarray(1))) !== undefined
    default:
      return true
  }
}
