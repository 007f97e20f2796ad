import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseStats } from '../store/database.ts'
import { databaseFolder } from '../store/store.ts'
import type { MetricsGroup } from './metrics-source.ts'

/** What the store writes and takes up. */
export const storeMetrics: MetricsGroup = (to, { node, ...source }) => {
  to.begin('Store')
  const sum = (name: string, help: string, field: Exclude<keyof DatabaseStats, 'memoryBytes'>) =>
    to.counter(name, help, () => node.store.stats()?.[field])
  sum('store_writes_total', 'Writes beside those of epochs: batches that came in, and own votes.', 'writes')
  sum('store_write_operations_total', 'Keys written or deleted by them.', 'operations')
  sum('store_written_bytes_total', 'Bytes written by them.', 'bytes')
  sum('store_write_seconds_total', 'Time they took.', 'writeSeconds')
  sum('store_syncs_total', 'Times that everything written was put on the disk.', 'syncs')
  sum('store_sync_seconds_total', 'Time that took.', 'syncSeconds')
  to.gauge('store_size_bytes', 'Size of the store on the disk.', () => folderBytes(join(source.dir, databaseFolder)))
  to.gauge(
    'store_memory_bytes',
    'Memory that LevelDB holds: the newest writes, and cached blocks.',
    () => node.store.stats()?.memoryBytes,
  )
  const disk = (name: string, help: string, blocks: 'bavail' | 'blocks') =>
    to.gauge(name, help, async () => {
      const space = await statfs(source.dir)
      return space[blocks] * space.bsize
    })
  disk('disk_free_bytes', 'Room on the disk of the data folder for this user.', 'bavail')
  disk('disk_size_bytes', 'Size of that disk.', 'blocks')
  return undefined
}

/** LevelDB's files come and go while they are counted. */
async function folderBytes(dir: string): Promise<number> {
  const sizes = (await readdir(dir)).map(name =>
    stat(join(dir, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
