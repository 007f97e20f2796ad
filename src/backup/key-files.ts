import { readFile } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { encode } from '../../consensus/cbor/encode.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { KeyFileError } from '../keys/key-file.ts'
import { findKeys } from '../keys/key-folder.ts'
import { isSafePath, type KeptFile } from './backup-parts.ts'
import { frame } from './frames.ts'

/** The key files of a data folder as they are, those that `keys list` shows: what is encrypted stays so. Throws LedgerError `key-unreadable`, `key-name`. */
export async function readKeyFiles(data: string): Promise<KeptFile[]> {
  return await Promise.all(
    (await findKeys(data)).keys.map(async ({ path: file }) => {
      const path = relative(data, file).split(sep).join('/')
      if (!isSafePath(path)) throw unfitName(file)
      return { path, bytes: new Uint8Array(await readKeyFile(file)) }
    }),
  )
}

/** A backup, and behind it key files. */
export async function* withKeys(
  pieces: AsyncIterable<Uint8Array>,
  files: readonly KeptFile[],
): AsyncGenerator<Uint8Array> {
  yield* pieces
  yield frame(encode(files.map(({ path, bytes }) => [path, bytes])))
}

async function readKeyFile(path: string): Promise<Uint8Array> {
  return await readFile(path).catch((error: Error) => {
    const next = `check who owns the file: ls -l ${path}`
    throw new KeyFileError('key-unreadable', `can't read the key file: ${error.message}`, { path }, next)
  })
}

function unfitName(path: string): LedgerError {
  const next = 'rename the file; nothing was written'
  return new LedgerError('key-name', `no backup can hold a file named ${JSON.stringify(path)}`, { path }, next)
}
