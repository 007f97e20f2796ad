import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Level } from 'level'
import { testnetParams } from '../../consensus/params.ts'
import { Ingest } from '../../src/node/ingest.ts'
import { Mempool } from '../../src/node/mempool.ts'
import { Store } from '../../src/store/store.ts'
import { Economy, inferences, recordsPerBatch, type WrittenBatch } from './economy.ts'
import { bestMsAsync, type Measurement } from './measure.ts'

const runs = 3

/** (a) Batches of inferences through full validation into durable storage, against LevelDB writing the same bodies, one synced put each. */
export async function measureIngest(batchCount: number): Promise<Measurement[]> {
  const economy = new Economy()
  const prepared = economy.prepare(1_000, 10)
  const batches = economy.provider.write(inferences(batchCount * recordsPerBatch, prepared))
  const folder = await mkdtemp(join(tmpdir(), 'openledger-bench-'))
  try {
    const rawMs = await bestMsAsync(runs, run => writeRaw(join(folder, `raw-${run}`), batches))
    const ms = await bestMsAsync(runs, run => ingest(join(folder, `store-${run}`), economy, batches))
    const records = batchCount * recordsPerBatch
    return [
      {
        name: `(a) ingest, ${batchCount} batches of ${recordsPerBatch} inferences, validated and durable`,
        value: Math.round((records / ms) * 1000),
        unit: 'records/s',
        raw: Math.round((records / rawMs) * 1000),
        rawMeans: 'LevelDB, one synced put per body',
        ratio: rawMs / ms,
        goal: 'ratio ≥ 0.1',
        reached: rawMs / ms >= 0.1,
      },
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeRaw(dir: string, batches: readonly WrittenBatch[]): Promise<void> {
  const level = new Level<Uint8Array, Uint8Array>(dir, { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open()
  for (const { cid, body } of batches) await level.put(cid.bytes, body, { sync: true })
  await level.close()
}

async function ingest(dir: string, economy: Economy, batches: readonly WrittenBatch[]): Promise<void> {
  const store = await Store.open(dir, { create: true, multithreading: false })
  const mempool = new Mempool({ bytesMax: 2 ** 40, authorBytesMax: 2 ** 40, authorBatchesMax: 2 ** 40, rivalsMax: 4 })
  const onFatal = (error: Error): never => {
    throw error
  }
  const way = new Ingest({
    store,
    mempool,
    chain: economy.chain,
    head: () => ({ epoch: 0, params: testnetParams }),
    onFatal,
  })
  for (const batch of batches) {
    const { outcome } = await way.take(batch, { durable: true })
    if (outcome !== 'added') throw new Error(`a batch was ${outcome}`)
  }
  await store.close()
}
