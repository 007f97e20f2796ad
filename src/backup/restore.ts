import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { equalBytes } from '../../consensus/bytes.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { writeFileAtomic } from '../store/atomic-file.ts'
import { explainFailure } from '../store/errors.ts'
import { makeFolder } from '../store/folder.ts'
import { guardWaiting } from '../store/guard.ts'
import { metaKey } from '../store/keys.ts'
import { LevelDatabase } from '../store/level-database.ts'
import { databaseFolder, Store } from '../store/store.ts'
import { type BackupHeader, type KeptFile, readFiles, readHeader, readPart } from './backup-parts.ts'
import { damagedBackup, frame, framesOf } from './frames.ts'

export interface Restored extends BackupHeader {
  readonly entries: number
  /** Relative to the data folder. */
  readonly keys: readonly string[]
}

export interface RestoreOptions {
  /** The operator knows that the former node is gone: a validator votes as soon as it can. */
  readonly voteAtOnce?: boolean
  readonly onProgress?: (entries: number) => void
}

/** Where it grows until it is whole. */
const draftFolder = `${databaseFolder}.restoring`
const keyMode = 0o600
const folderMode = 0o700

/**
 * Makes a data folder out of a backup: all of it, or nothing. A validator in it waits before it votes (T7), unless told otherwise. Throws LedgerError
 * `folder-used`, `backup-missing`, `backup-damaged`, `backup-newer`, `key-exists`, or what the store says.
 */
export async function restoreBackup(
  path: string,
  data: string,
  { voteAtOnce = false, onProgress = () => {} }: RestoreOptions = {},
): Promise<Restored> {
  await refuseUsed(data)
  const draft = join(data, draftFolder)
  try {
    await makeFolder(data, folderMode)
    await rm(draft, { recursive: true, force: true })
    const { header, entries, files } = await fill(path, draft, voteAtOnce ? null : guardWaiting, onProgress)
    const missing = await missingKeys(data, files)
    const made: string[] = []
    try {
      for (const file of missing) made.push(await writeKey(data, file))
      await rename(draft, join(data, databaseFolder))
      made.push(join(data, databaseFolder))
      await checkRestored(data, header)
    } catch (error) {
      for (const path of made) await rm(path, { recursive: true, force: true })
      throw error
    }
    return { ...header, entries, keys: files.map(file => file.path) }
  } catch (error) {
    throw error instanceof LedgerError ? error : explainFailure(error, data)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

interface Filled {
  readonly header: BackupHeader
  readonly entries: number
  readonly files: readonly KeptFile[]
}

async function fill(
  path: string,
  draft: string,
  guard: Uint8Array | null,
  onProgress: (entries: number) => void,
): Promise<Filled> {
  const parts = framesOf(piecesOf(path))
  const first = await parts.next()
  if (first.done === true) throw damagedBackup('it is empty')
  const header = readHeader(first.value)
  const database = await LevelDatabase.open(draft, { create: true, multithreading: false })
  try {
    const digest = createHash('sha256').update(frame(first.value))
    let entries = 0
    let files: readonly KeptFile[] = []
    let isWhole = false
    for await (const bytes of parts) {
      if (isWhole) {
        files = readFiles(bytes)
        continue
      }
      const part = readPart(bytes)
      if ('end' in part) {
        const { end } = part
        if (end.entries !== entries || !equalBytes(end.digest, digest.digest()))
          throw damagedBackup('its digest is another one')
        isWhole = true
        continue
      }
      digest.update(frame(bytes))
      entries += part.entries.length
      await database.write(
        part.entries.map(([key, value]) => ({ key, value })),
        false,
      )
      onProgress(entries)
    }
    if (!isWhole) throw damagedBackup('its end is missing')
    await database.write([{ key: metaKey('guard'), value: guard }], true)
    await database.sync()
    return { header, entries, files }
  } finally {
    await database.close()
  }
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield piece as Uint8Array
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    const { message } = error as Error
    throw new LedgerError('backup-missing', `can't read the backup: ${message}`, { path }, 'check the name of the file')
  }
}

async function refuseUsed(data: string): Promise<void> {
  const isUsed = await access(join(data, databaseFolder)).then(
    () => true,
    () => false,
  )
  if (!isUsed) return
  throw new LedgerError(
    'folder-used',
    `${data} already holds a ledger`,
    { data },
    'restore into a new folder; move the old one away if you want its place',
  )
}

/** Those that aren't there yet. A key that is there stays: it may be another one, and then nothing is restored. */
async function missingKeys(data: string, files: readonly KeptFile[]): Promise<KeptFile[]> {
  const missing: KeptFile[] = []
  const others: string[] = []
  for (const file of files) {
    const path = join(data, file.path)
    const present = await readIfThere(path)
    if (present === undefined) missing.push(file)
    else if (!equalBytes(present, file.bytes)) others.push(path)
  }
  if (others.length > 0) throw keyExists(others)
  return missing
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** Where it lies. */
async function writeKey(data: string, { path, bytes }: KeptFile): Promise<string> {
  const target = join(data, path)
  await makeFolder(dirname(target), folderMode)
  await writeFileAtomic(target, bytes, { mode: keyMode, existing: 'refuse' }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? keyExists([target]) : error
  })
  return target
}

function keyExists(paths: readonly string[]): LedgerError {
  const [verb, what] = paths.length === 1 ? ['is', 'it'] : ['are', 'them']
  return new LedgerError(
    'key-exists',
    `${paths.join(', ')} ${verb} there already, and not what the backup holds; nothing was restored`,
    { paths },
    `move ${what} away and restore again`,
  )
}

/** Opening shows whether this version reads it and whether its head is there. */
async function checkRestored(data: string, header: BackupHeader): Promise<void> {
  const store = await Store.open(data, { create: false, multithreading: false })
  try {
    const head = store.head()
    const isAsSaid = head?.epoch === header.epoch && head.checkpoint.equals(header.checkpoint)
    if (!isAsSaid || store.chain()?.equals(header.chain) !== true) throw damagedBackup('another ledger than it says')
  } finally {
    await store.close()
  }
}
