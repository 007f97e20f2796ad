import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LedgerError } from '../../consensus/errors.ts'
import { explainFailure } from './errors.ts'

const elsewhere = 'choose another folder'

/**
 * Makes a folder, and those above it that are missing, with this mode under the umask. Throws LedgerError `no-folder`, or what
 * `explainFailure` makes of it; `next` is what to do about a place that can't be one.
 */
export async function makeFolder(path: string, mode = 0o777, next = elsewhere): Promise<void> {
  await make(path, mode).catch((error: unknown) => {
    throw explainPlace(error, path, next)
  })
}

/** Why nothing can be made in a folder, or not even the folder. */
export function explainPlace(error: unknown, folder: string, next = elsewhere): LedgerError {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    return new LedgerError('no-folder', `${folder} is no folder, or below what is none`, { folder }, next)
  }
  // As in /proc, and where an automounter finds nothing.
  if (code === 'ENOENT')
    return new LedgerError('store-not-writable', `nothing can be written in ${folder}`, { folder }, next)
  return explainFailure(error, folder)
}

/** One by one: Node's own recursion never ends where the system won't have a folder and says ENOENT of it. */
async function make(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await isFolder(path))) return
    const above = dirname(path)
    if (code !== 'ENOENT' || (await isFolder(above))) throw error
    await make(above, mode)
    await make(path, mode)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    found => found.isDirectory(),
    () => false,
  )
}
