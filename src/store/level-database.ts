import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import { seal, unseal } from './checksum.ts'
import type { AuditedValue, Database, DatabaseStats, KeyRange, Snapshot, StoreOp } from './database.ts'
import { CorruptError, explainFailure } from './errors.ts'
import { sectionOf } from './keys.ts'

export interface DatabaseOptions {
  /** Makes the folder where there is none. */
  readonly create: boolean
  /** Lets threads of this process open the same folder; all of them have to say so. */
  readonly multithreading: boolean
}

const mebibyte = 1024 * 1024
/**
 * Larger buffers and caches take memory for as long as they fill, up to half an hour under load, and made nothing faster in the bench. What
 * is merged is mapped whole: with files twice as large, a store of 200 MiB takes 100 MiB for some seconds. Half as large, they cost a
 * tenth of the speed at which a ledger is executed again.
 */
const tuning = {
  writeBufferSize: 4 * mebibyte,
  maxFileSize: 8 * mebibyte,
  cacheSize: 8 * mebibyte,
}

/**
 * How many entries a scan takes from LevelDB at first, and at most later on: each time four times as many. An iterator keeps room for as
 * many as were asked for until its handle is collected as garbage, long after it was closed, and the collector doesn't know of it: most
 * scans find only a few entries, and thousands a second that had room for a thousand each took hundreds of MiB.
 */
const scanEntriesFirst = 16
const scanEntriesMax = 1024
const scanGrowth = 4
/** After so many bytes it takes fewer. */
const scanBytes = mebibyte

/** `level` tells types only of what it has in a browser as well. */
type Encoded = Level<Uint8Array, Uint8Array> & { getProperty(name: string): string }
type LevelSnapshot = ReturnType<Encoded['snapshot']>

/** A LevelDB whose values carry checksums. */
export class LevelDatabase implements Database {
  readonly dir: string
  readonly #level: Encoded
  readonly #stats = { writes: 0, operations: 0, bytes: 0, writeSeconds: 0, syncs: 0, syncSeconds: 0 }

  private constructor(dir: string, level: Encoded) {
    this.dir = dir
    this.#level = level
  }

  /** Throws LedgerErrors that say what to do. */
  static async open(dir: string, options: DatabaseOptions): Promise<LevelDatabase> {
    const level = new Level(dir, { keyEncoding: 'view', valueEncoding: 'view' }) as Encoded
    try {
      await level.open({ ...tuning, createIfMissing: options.create, multithreading: options.multithreading })
    } catch (error) {
      throw explainFailure(error, dir)
    }
    return new LevelDatabase(dir, level)
  }

  close(): Promise<void> {
    return this.#level.close()
  }

  snapshot(): LevelSnapshot {
    return this.#level.snapshot()
  }

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    let sealed: Uint8Array | undefined
    try {
      sealed =
        snapshot === undefined
          ? this.#level.getSync(key)
          : this.#level.getSync(key, { snapshot: snapshot as LevelSnapshot })
    } catch (error) {
      throw new CorruptError(key, `cannot be read: ${explainFailure(error, this.dir).message}`)
    }
    return sealed === undefined ? undefined : this.#unseal(key, sealed)
  }

  async getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = await this.#level.getMany(keys)
    return found.map((sealed, i) => (sealed === undefined ? undefined : this.#unseal(keys[i]!, sealed)))
  }

  /** All or nothing, in one record of LevelDB's log; with `sync` on the disk when it returns. */
  async write(ops: readonly StoreOp[], sync: boolean): Promise<void> {
    const beganMs = performance.now()
    // A list of operations would be copied twice on its way, a chained batch goes to LevelDB one by one.
    const batch = this.#level.batch()
    try {
      for (const { key, value } of ops) {
        if (value === null) batch.del(key)
        else batch.put(key, seal(key, value))
      }
      await batch.write({ sync })
      this.#countWrite(ops, performance.now() - beganMs)
    } catch (error) {
      throw explainFailure(error, this.dir)
    } finally {
      await batch.close()
    }
  }

  /**
   * Puts all writes that have returned on the disk. A synced write alone wouldn't: when LevelDB turns to a new log, it leaves
   * the former as the system holds it until its table is written. So every log is synced that is there.
   */
  async sync(): Promise<void> {
    const beganMs = performance.now()
    try {
      for (const file of await readdir(this.dir)) if (file.endsWith('.log')) await syncFile(join(this.dir, file))
      await syncFile(this.dir)
      this.#stats.syncs++
      this.#stats.syncSeconds += (performance.now() - beganMs) / 1000
    } catch (error) {
      throw explainFailure(error, this.dir)
    }
  }

  stats(): DatabaseStats {
    return { ...this.#stats, memoryBytes: Number(this.#level.getProperty('leveldb.approximate-memory-usage')) }
  }

  #countWrite(ops: readonly StoreOp[], ms: number): void {
    this.#stats.writes++
    this.#stats.operations += ops.length
    for (const { key, value } of ops) this.#stats.bytes += key.length + (value?.length ?? 0)
    this.#stats.writeSeconds += ms / 1000
  }

  /** In key order, as of the first read. */
  async *entries({ from, to }: KeyRange, snapshot?: Snapshot): AsyncGenerator<[key: Uint8Array, value: Uint8Array]> {
    for await (const [key, sealed] of this.#sealedEntries({
      gte: from,
      lt: to,
      ...(snapshot && { snapshot: snapshot as LevelSnapshot }),
    }))
      yield [key, this.#unseal(key, sealed)]
  }

  async clear({ from, to }: KeyRange): Promise<void> {
    await this.#level.clear({ gte: from, lt: to })
  }

  async isEmpty(): Promise<boolean> {
    for await (const _ of this.#level.keys({ limit: 1 })) return false
    return true
  }

  /** Everything that is there, sound or not. */
  async *audit(): AsyncGenerator<AuditedValue> {
    try {
      for await (const [key, sealed] of this.#sealedEntries({})) {
        const value = unseal(key, sealed)
        if (sectionOf(key) === undefined) yield { key, value, problem: 'no key of this store' }
        else yield { key, value, problem: value === undefined ? mismatch : undefined }
      }
    } catch (error) {
      // LevelDB tells of an unreadable table only at the end of a scan, and not where.
      yield { key: undefined, value: undefined, problem: explainFailure(error, this.dir).message }
    }
  }

  async *#sealedEntries(range: SealedRange): AsyncGenerator<[Uint8Array, Uint8Array]> {
    const iterator = this.#level.iterator({ ...range, highWaterMarkBytes: scanBytes })
    try {
      for (let size = scanEntriesFirst; ; size = Math.min(size * scanGrowth, scanEntriesMax)) {
        const entries = await iterator.nextv(size)
        if (entries.length === 0) return
        for (const [key, sealed] of entries) yield [plain(key), sealed]
      }
    } finally {
      await iterator.close()
    }
  }

  #unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array {
    const value = unseal(key, sealed)
    if (value === undefined) throw new CorruptError(key, mismatch)
    return value
  }
}

interface SealedRange {
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly snapshot?: LevelSnapshot
}

/** LevelDB hands out Buffers, whose `slice` is no copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

const mismatch = 'the stored bytes do not match their checksum'

async function syncFile(path: string): Promise<void> {
  try {
    const file = await open(path, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    // A log that went away meanwhile is in a table by now, which LevelDB has synced.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
