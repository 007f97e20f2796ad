import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unseal } from './checksum.ts'
import { corruptNext, StoreOpenError } from './errors.ts'
import { describeKey } from './keys.ts'
import type { FileDamage } from './leveldb/file-damage.ts'
import { logDamage } from './leveldb/log.ts'
import { type LiveFiles, liveFiles } from './leveldb/manifest.ts'
import { tableDamage } from './leveldb/table.ts'

/** Damage in a file of the database, and the keys whose values it spoiled, for people. */
export interface DamagedFile {
  readonly file: string
  /** Offset in bytes. */
  readonly at: number
  readonly problem: string
  /** Empty where the damage hides them. */
  readonly keys: readonly string[]
}

/** Reads every file of a closed database in `dir` and tells what is damaged or missing. `onFile` hears of each before it's read. */
export async function* inspectFiles(dir: string, onFile?: (file: string) => void): AsyncGenerator<DamagedFile> {
  const live = await readLiveFiles(dir)
  if (live === undefined) return
  if ('problem' in live) return yield live
  for (const number of [...live.tables].sort((a, b) => a - b)) {
    const file = tableName(number)
    onFile?.(file)
    yield* await damageIn(dir, file, tableDamage)
  }
  for (const file of await logNames(dir, live)) {
    onFile?.(file)
    yield* await damageIn(dir, file, logDamage)
  }
}

/** Before LevelDB replays its logs and throws them away. Throws StoreOpenError `store-corrupt`. */
export async function expectSoundLogs(dir: string): Promise<void> {
  const live = await readLiveFiles(dir)
  // What is wrong with the manifest LevelDB says itself.
  if (live === undefined || 'problem' in live) return
  for (const file of await logNames(dir, live)) {
    for (const { at, problem, keys } of await damageIn(dir, file, logDamage)) {
      throw new StoreOpenError(
        'store-corrupt',
        `${join(dir, file)} is damaged at byte ${at}: ${problem}${keys.length > 0 ? ` (${keys.join(', ')})` : ''}`,
        { file, at, keys },
        corruptNext,
      )
    }
  }
}

/** Undefined where there is no database. */
async function readLiveFiles(dir: string): Promise<LiveFiles | DamagedFile | undefined> {
  const current = await readIfThere(join(dir, 'CURRENT'))
  if (current === undefined) return undefined
  const manifest = Buffer.from(current).toString('latin1').trim()
  if (!/^MANIFEST-\d+$/.test(manifest)) return { file: 'CURRENT', at: 0, problem: 'it names no manifest', keys: [] }
  const bytes = await readIfThere(join(dir, manifest))
  if (bytes === undefined) return { file: manifest, at: 0, problem: 'it is missing', keys: [] }
  try {
    return liveFiles(bytes)
  } catch (error) {
    return { file: manifest, at: 0, problem: (error as Error).message, keys: [] }
  }
}

async function damageIn(dir: string, file: string, check: (bytes: Uint8Array) => FileDamage[]): Promise<DamagedFile[]> {
  const bytes = await readIfThere(join(dir, file))
  if (bytes === undefined) return [{ file, at: 0, problem: 'it is missing', keys: [] }]
  return check(bytes).map(damage => describe(file, damage))
}

async function logNames(dir: string, { firstLog }: LiveFiles): Promise<string[]> {
  return (await readdir(dir)).filter(file => /^\d+\.log$/.test(file) && Number.parseInt(file, 10) >= firstLog).sort()
}

const tableName = (number: number) => `${String(number).padStart(6, '0')}.ldb`

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function describe(file: string, { at, problem, entries }: FileDamage): DamagedFile {
  const spoiled = entries.filter(({ key, sealed }) => unseal(key, sealed) === undefined)
  return { file, at, problem, keys: spoiled.map(({ key }) => describeKey(key)) }
}
