import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { frame } from './frames.ts'

/** Folders of a data folder in which keys lie. */
const keyFolders = ['keys', 'development'] as const

/** A backup, and behind it the key files of a data folder as they are: what is encrypted stays so. */
export async function* withKeys(pieces: AsyncIterable<Uint8Array>, data: string): AsyncGenerator<Uint8Array> {
  yield* pieces
  const files: Value[] = []
  for (const folder of keyFolders) {
    const names = await readdir(join(data, folder)).catch(() => [])
    for (const name of names.filter(each => !each.endsWith('.tmp')).sort())
      files.push([`${folder}/${name}`, new Uint8Array(await readFile(join(data, folder, name)))])
  }
  yield frame(encode(files))
}
