import { type ByteKey, utf8 } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { ArrivedBatch } from '../../../src/store/batches.ts'
import type { EpochWrite } from '../../../src/store/epoch-write.ts'
import { Store } from '../../../src/store/store.ts'
import { tempFolder } from '../temp-folder.ts'

export const genesis = utf8('genesis')
export const author = new Uint8Array(32).fill(0xa1)

/** A store that stands at its genesis. */
export async function begunStore(dir = tempFolder()): Promise<Store> {
  const store = await Store.open(dir, { create: true, multithreading: false })
  await store.beginAtGenesis(genesis, { state: [], pages: [], blocks: [] })
  return store
}

export function sampleBatch(name: string, seq = 1, arrival = 0): ArrivedBatch {
  const header = utf8(`header ${name}`)
  const signature = new Uint8Array(64).fill(name.length)
  return { batch: Cid.of(nativeCrypto, header), author, seq, header, signature, body: utf8(`body ${name}`), arrival }
}

/** An epoch with a few values in each section, which name the epoch. */
export function sampleEpoch(epoch: number, changes: Partial<EpochWrite> = {}): EpochWrite {
  return {
    epoch,
    record: {
      checkpoint: utf8(`checkpoint ${epoch}`),
      certificate: utf8(`certificate ${epoch}`),
      cut: utf8(`cut ${epoch}`),
    },
    lastCertificate: epoch === 1 ? null : utf8(`certificate ${epoch - 1}`),
    outcomes: [[sampleBatch(`of ${epoch}`).batch, { epoch, codes: Uint8Array.of(0, 1, 16), settled: [epoch * 1000] }]],
    state: sampleCells('cell', epoch),
    pages: sampleCells('page', epoch),
    blocks: [utf8(`block ${epoch}`)],
    payoutChunks: [utf8(`payouts ${epoch}.0`), utf8(`payouts ${epoch}.1`)],
    flowChunks: [utf8(`flows ${epoch}`)],
    ...changes,
  }
}

/** Every epoch writes the same keys anew. */
export function sampleCells(name: string, epoch: number, count = 20): [ByteKey, Uint8Array][] {
  return Array.from({ length: count }, (_, i) => [`${name}${i}`, utf8(`${name} ${epoch}`)])
}

export function cidOf(text: string): Cid {
  return Cid.of(nativeCrypto, utf8(text))
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}
