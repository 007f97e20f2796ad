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

/** What lies in a folder of keys or a node's data folder, each by path. */
export interface FoundKeys {
  readonly keys: readonly FoundKey[]
  /** Not even JSON, and not where only keys lie: nothing tells whether one was a key before it was damaged. */
  readonly passedOver: readonly string[]
}

/** Files of another kind are not told of. */
export async function findKeys(dir: string): Promise<FoundKeys> {
  const keys: FoundKey[] = []
  const passedOver: string[] = []
  for (const folder of folders) {
    for (const name of await namesIn(join(dir, folder))) {
      const path = join(dir, folder, name)
      const looks = await looksLike(path)
      // What is broken off where keys lie was one: its refusal tells.
      if (looks === 'key' || (looks === 'damage' && folder !== '.')) keys.push(await inspect(path))
      else if (looks === 'damage') passedOver.push(path)
    }
  }
  return { keys, passedOver }
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

/** One that may not be read may be a key: its refusal tells. */
async function looksLike(path: string): Promise<'key' | 'damage' | 'other'> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as unknown
    return typeof value === 'object' && value !== null && 'kind' in value && 'public' in value ? 'key' : 'other'
  } catch (error) {
    if (error instanceof SyntaxError) return 'damage'
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'key' : 'other'
  }
}
