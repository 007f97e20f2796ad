import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectKey, KeyFileError } from './key-file.ts'
import type { KeyKind } from './key-kind.ts'

/** A key file as it was found; where something is wrong with it, the refusal that loading it would get. */
export type FoundKey =
  | { readonly path: string; readonly kind: KeyKind; readonly text: string; readonly isProtected: boolean }
  | { readonly path: string; readonly error: KeyFileError }

/** Where keys lie in a data folder; the first is the folder itself, for one that holds nothing else. */
const folders = ['.', 'keys', 'development']

/** The key files in a folder of keys or a node's data folder, by path. Files of another kind are passed over. */
export async function findKeys(dir: string): Promise<FoundKey[]> {
  const found: FoundKey[] = []
  for (const folder of folders) {
    for (const name of await namesIn(join(dir, folder))) {
      const path = join(dir, folder, name)
      if (await isKeyFile(path, folder !== '.')) found.push(await inspect(path))
    }
  }
  return found
}

/** Files beside the keys that aren't even JSON, by path: nothing tells whether one was a key before it was damaged. */
export async function findBroken(dir: string): Promise<string[]> {
  const paths = (await namesIn(dir)).map(name => join(dir, name))
  const verdicts = await Promise.all(paths.map(isBroken))
  return paths.filter((_, at) => verdicts[at])
}

async function isBroken(path: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(path, 'utf8'))
    return false
  } catch (error) {
    return error instanceof SyntaxError
  }
}

async function inspect(path: string): Promise<FoundKey> {
  try {
    return { path, ...(await inspectKey(path)) }
  } catch (error) {
    if (error instanceof KeyFileError) return { path, error }
    throw error
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return (
    entries
      // Secrets of containers are mounted as links.
      .filter(entry => (entry.isFile() || entry.isSymbolicLink()) && entry.name.endsWith('.json'))
      .map(({ name }) => name)
      .sort()
  )
}

/** One that cannot be read may be a key, and so may one that is broken off where keys lie: its refusal tells. */
async function isKeyFile(path: string, isAmongKeys: boolean): Promise<boolean> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as unknown
    return typeof value === 'object' && value !== null && 'kind' in value && 'public' in value
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' || (isAmongKeys && error instanceof SyntaxError)
  }
}
