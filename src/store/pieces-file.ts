import { access, type FileHandle, link, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LedgerError } from '../../consensus/errors.ts'
import { explainPlace, makeFolder } from './folder.ts'

/**
 * Writes a file that is too large to be held, where none is; after a failure there is none. Answers its size in bytes. Throws
 * LedgerError `file-exists`, or what the disk says.
 */
export async function writePieces(path: string, pieces: AsyncIterable<Uint8Array>, mode: number): Promise<number> {
  const draft = `${path}.partial`
  await refuseExisting(path)
  try {
    await makeFolder(dirname(path))
    await rm(draft, { force: true })
    const bytes = await writeDraft(draft, pieces, mode)
    // Unlike a rename, a link never takes the place of another file.
    await link(draft, path)
    return bytes
  } catch (error) {
    throw explain(error, path)
  } finally {
    await rm(draft, { force: true }).catch(() => {})
  }
}

async function writeDraft(draft: string, pieces: AsyncIterable<Uint8Array>, mode: number): Promise<number> {
  const file = await open(draft, 'wx', mode)
  try {
    let bytes = 0
    for await (const piece of pieces) {
      await writeWhole(file, piece)
      bytes += piece.length
    }
    await file.sync()
    return bytes
  } finally {
    await file.close()
  }
}

async function writeWhole(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
}

function explain(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof LedgerError || code === undefined) return error
  // Another one came first, the same command perhaps.
  return code === 'EEXIST' ? fileExists(path) : explainPlace(error, dirname(path))
}

async function refuseExisting(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (isThere) throw fileExists(path)
}

function fileExists(path: string): LedgerError {
  const next = 'name a new file, or move the old one away'
  return new LedgerError('file-exists', `${path} is there already`, { path }, next)
}
