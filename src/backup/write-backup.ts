import { createHash } from 'node:crypto'
import { toKey } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { type MetaName, metaKey, sectionOf } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import { backupFormat, backupVersion } from './backup-parts.ts'
import { frame } from './frames.ts'

const chunkBytes = 1024 * 1024

/**
 * T7: what a validator signed is of one moment, and must not come back at another. And whom this node knows is of no use to the next.
 */
const leftOut: ReadonlySet<string> = new Set(
  (['agreement', 'guard', 'join', 'peers'] as MetaName[]).map(name => toKey(metaKey(name))),
)

/** A backup in pieces: all that a node keeps as of one moment, whatever is written meanwhile. Throws LedgerError `no-ledger`. */
export async function* writeBackup(store: Store): AsyncGenerator<Uint8Array> {
  const view = await store.view()
  try {
    const chain = store.chain()
    if (view.head === undefined || chain === undefined) throw new LedgerError('no-ledger', 'there is no ledger yet')
    const digest = createHash('sha256')
    const told = (bytes: Uint8Array): Uint8Array => {
      const framed = frame(bytes)
      digest.update(framed)
      return framed
    }
    const { epoch, checkpoint } = view.head
    yield told(encode({ format: backupFormat, v: backupVersion, chain, epoch, checkpoint }))
    let count = 0
    for await (const entries of chunksOf(view.entries())) {
      count += entries.length
      yield told(encode(entries))
    }
    yield frame(encode({ entries: count, digest: new Uint8Array(digest.digest()) }))
  } finally {
    await view.close()
  }
}

async function* chunksOf(entries: AsyncIterable<[Uint8Array, Uint8Array]>): AsyncGenerator<Value[]> {
  let chunk: Value[] = []
  let bytes = 0
  for await (const [key, value] of entries) {
    if (!belongs(key)) continue
    chunk.push([key, value])
    bytes += key.length + value.length
    if (bytes < chunkBytes) continue
    yield chunk
    chunk = []
    bytes = 0
  }
  if (chunk.length > 0) yield chunk
}

/** Snapshots are a second copy of a state, and made anew. */
function belongs(key: Uint8Array): boolean {
  return sectionOf(key) !== 'snapshot' && !leftOut.has(toKey(key))
}
