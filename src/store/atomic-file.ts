import { randomUUID } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface AtomicFileOptions {
  readonly mode: number
  /** `refuse` throws EEXIST where the file is there already. */
  readonly existing: 'replace' | 'refuse'
}

/** After a crash at any moment the file is as it was before or as it is meant to be; when this returns, it is on the disk. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: AtomicFileOptions,
): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
  try {
    await writeDraft(draft, content, options.mode)
    // Unlike a rename, a link never takes the place of another file.
    if (options.existing === 'refuse') await link(draft, path)
    else await rename(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
}

async function writeDraft(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A name is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
