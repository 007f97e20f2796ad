import { decode } from '../../consensus/cbor/decode.ts'
import { bytesOf, cidOf, integerOf, listOf, mapOf, naturalOf, textOf, tupleOf } from '../../consensus/cbor/fields.ts'
import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { damagedBackup } from './frames.ts'

/** The first part of a backup. */
export interface BackupHeader {
  /** CID of the genesis. */
  readonly chain: Cid
  readonly epoch: number
  /** Of `epoch`; the genesis' at 0. */
  readonly checkpoint: Cid
}

/** The part after all entries. */
export interface BackupEnd {
  readonly entries: number
  /** SHA-256 of all bytes before this part. */
  readonly digest: Uint8Array
}

/** A key file as it lies in the data folder, encrypted or not. */
export interface KeptFile {
  /** Relative to the data folder, with `/`. */
  readonly path: string
  readonly bytes: Uint8Array
}

export const backupFormat = 'openledger-backup'
export const backupVersion = 1
const pathCharsMax = 256

/** Throws LedgerError `backup-newer` or `backup-damaged`. */
export function readHeader(bytes: Uint8Array): BackupHeader {
  return read(bytes, value => {
    const map = mapOf(value, 'backup', ['format', 'v', 'chain', 'epoch', 'checkpoint'])
    if (map.format !== backupFormat) throw damagedBackup('it does not begin like one')
    if (integerOf(map.v, 'backup.v', 1, Number.MAX_SAFE_INTEGER) > backupVersion) throw newerBackup(map.v as number)
    return {
      chain: cidOf(map.chain, 'backup.chain'),
      epoch: naturalOf(map.epoch, 'backup.epoch'),
      checkpoint: cidOf(map.checkpoint, 'backup.checkpoint'),
    }
  })
}

/** Entries or, where it is no list, the end. */
export function readPart(
  bytes: Uint8Array,
): { readonly entries: readonly (readonly [Uint8Array, Uint8Array])[] } | { readonly end: BackupEnd } {
  return read(bytes, value => {
    if (!Array.isArray(value)) {
      const map = mapOf(value, 'end', ['entries', 'digest'])
      return { end: { entries: naturalOf(map.entries, 'end.entries'), digest: bytesOf(map.digest, 'end.digest', 32) } }
    }
    const entries = listOf(value, 'entries').map(entry => {
      const [key, stored] = tupleOf(entry, 'entry', 2)
      return [bytesOf(key, 'entry.key'), bytesOf(stored, 'entry.value')] as const
    })
    return { entries }
  })
}

/** The last part, where keys were asked for. */
export function readFiles(bytes: Uint8Array): KeptFile[] {
  return read(bytes, value =>
    listOf(value, 'files').map(file => {
      const [path, content] = tupleOf(file, 'file', 2)
      return { path: safePath(textOf(path, 'file.path', pathCharsMax)), bytes: bytesOf(content, 'file.bytes') }
    }),
  )
}

/** Folders of a data folder in which keys lie, beside the folder itself. */
const keyFolders = ['keys', 'development']

/** A backup comes from somewhere: what it holds stays within the data folder, where it is among the keys, or as JSON beside the ledger. */
export function isSafePath(path: string): boolean {
  const [name = '', folder, ...rest] = path.split('/').reverse()
  const isFileName = /^[^\\:\p{Cc}]+$/u.test(name) && name !== '.' && name !== '..'
  const isKeyPlace = folder === undefined ? name.endsWith('.json') : rest.length === 0 && keyFolders.includes(folder)
  return path.length <= pathCharsMax && isFileName && isKeyPlace
}

function safePath(path: string): string {
  if (!isSafePath(path)) throw damagedBackup(`a key file in ${JSON.stringify(path)}`)
  return path
}

function read<T>(bytes: Uint8Array, take: (value: ReturnType<typeof decode>) => T): T {
  try {
    return take(decode(bytes))
  } catch (error) {
    if (error instanceof LedgerError && error.code.startsWith('backup-')) throw error
    throw damagedBackup((error as Error).message)
  }
}

function newerBackup(version: number): LedgerError {
  return new LedgerError(
    'backup-newer',
    `the backup has version ${version}, this program knows ${backupVersion}; nothing was changed`,
    { version },
    'restore it with the version that made it, or a later one',
  )
}
