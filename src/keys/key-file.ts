import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomBytes } from '@noble/hashes/utils.js'
import { domainSeparated, utf8 } from '../../consensus/bytes.ts'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import { passwordNext } from '../config/password.ts'
import { type SigningKey, seedLength, signingKey } from '../crypto/signing-key.ts'
import { writeFileAtomic } from '../store/atomic-file.ts'
import { makeFolder } from '../store/folder.ts'
import { type KeyDocument, parseKeyDocument, printKeyDocument } from './key-document.ts'
import { type KeyKind, publicText } from './key-kind.ts'
import { type ScryptCost, sealSeed, unsealSeed } from './sealed-seed.ts'

/** A key ready to sign. */
export interface LoadedKey extends SigningKey {
  readonly kind: KeyKind
  /** The private half, 32 bytes. */
  readonly seed: Uint8Array
  /** `publicText` of the key. */
  readonly text: string
}

/** How the seed lies in the file. */
export type Protection = { readonly password: string; readonly cost?: ScryptCost } | { readonly unprotected: true }

/**
 * Why a key file is refused: `key-exists`, `key-missing`, `key-exposed`, `key-locked`, `key-password`, `key-kind`,
 * `key-damaged`, `key-write`, `key-unreadable`.
 */
export class KeyFileError extends LedgerError {}

const fileMode = 0o600
const folderMode = 0o700
const othersMask = 0o077

/** Makes a key file, with a new seed unless one (32 bytes) is given. Never touches a file that is there. */
export async function createKey(
  path: string,
  kind: KeyKind,
  protection: Protection,
  seed: Uint8Array = randomBytes(seedLength),
): Promise<LoadedKey> {
  const key = keyOfSeed(kind, seed)
  const json = printKeyDocument(await makeDocument(key, protection))
  await makeFolder(dirname(path), folderMode)
  try {
    await writeFileAtomic(path, json, { mode: fileMode, existing: 'refuse' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error)
    throw new KeyFileError(
      'key-exists',
      `there is a key in ${path} already`,
      { path },
      'choose another name, or move that file away: a lost key cannot be made again',
    )
  }
  return key
}

/** The key in a file. The password is needed unless the file is unprotected. */
export async function loadKey(path: string, kind: KeyKind, password?: string): Promise<LoadedKey> {
  const document = await readDocument(path)
  if (document.kind !== kind) {
    throw new KeyFileError('key-kind', `${path} holds a key for ${document.kind}, not for ${kind}`, {
      path,
      kind: document.kind,
    })
  }
  const key = keyOfSeed(kind, await openSeed(path, document, password))
  if (key.text !== document.public) {
    throw new KeyFileError(
      'key-damaged',
      `${path}: the secret does not belong to ${document.public}`,
      { path },
      restoreHint,
    )
  }
  return key
}

/** What a file says without its secret. */
export async function inspectKey(path: string): Promise<{ kind: KeyKind; text: string; isProtected: boolean }> {
  const { kind, public: text, secret } = await readDocument(path)
  return { kind, text, isProtected: !('seed' in secret) }
}

/** Writes the same key under another password, or none. After a crash the file is the former or the new one. */
export async function changeProtection(
  path: string,
  kind: KeyKind,
  password: string | undefined,
  next: Protection,
): Promise<void> {
  const key = await loadKey(path, kind, password)
  const json = printKeyDocument(await makeDocument(key, next))
  await writeFileAtomic(path, json, { mode: fileMode, existing: 'replace' }).catch(error => {
    throw unwritable(path, error)
  })
}

function unwritable(path: string, error: unknown): KeyFileError {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    const next = 'free some space and try again; no key is lost'
    return new KeyFileError('disk-full', `no space left on the disk of ${path}`, { path }, next)
  }
  return new KeyFileError(
    'key-write',
    `can't write the key file: ${(error as Error).message}`,
    { path },
    `check the disk and the mode of ${dirname(path)}`,
  )
}

/** A key that lies in no file. */
export function keyOfSeed(kind: KeyKind, seed: Uint8Array): LoadedKey {
  const key = signingKey(seed)
  return { ...key, kind, seed, text: publicText(kind, key.publicKey) }
}

async function makeDocument({ kind, seed, text }: LoadedKey, protection: Protection): Promise<KeyDocument> {
  if ('unprotected' in protection) return { kind, public: text, secret: { seed } }
  if (protection.password === '') {
    throw new KeyFileError('key-password', 'an empty password protects nothing', {}, passwordNext)
  }
  const secret = await sealSeed(seed, protection.password, about(kind, text), protection.cost)
  return { kind, public: text, secret }
}

async function openSeed(
  path: string,
  { kind, public: text, secret }: KeyDocument,
  password?: string,
): Promise<Uint8Array> {
  if ('seed' in secret) return secret.seed
  if (password === undefined) {
    throw new KeyFileError('key-locked', `${path} is protected by a password`, { path }, passwordNext)
  }
  const seed = await unsealSeed(secret, password, about(kind, text))
  if (seed !== undefined) return seed
  throw new KeyFileError(
    'key-password',
    `the password does not open ${path}`,
    { path },
    `try again; if it is right, the file is damaged: ${restoreHint}`,
  )
}

/** What the cipher is bound to. */
function about(kind: KeyKind, text: string): Uint8Array {
  return domainSeparated('openledger/key-file/1', utf8(`${kind} ${text}`))
}

async function readDocument(path: string): Promise<KeyDocument> {
  const json = await readPrivate(path)
  try {
    return parseKeyDocument(json)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new KeyFileError('key-damaged', `${path}: ${error.message}`, { path, ...error.facts }, restoreHint)
  }
}

async function readPrivate(path: string): Promise<string> {
  const file = await openExisting(path)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw notFile(path)
    const { mode } = stat
    if (process.platform !== 'win32' && (mode & othersMask) !== 0) {
      const octal = (mode & 0o777).toString(8)
      throw new KeyFileError(
        'key-exposed',
        `other users can read or write ${path} (mode ${octal})`,
        { path, mode: octal },
        `chmod 600 ${path}`,
      )
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Its mode isn't what is wrong with a folder. */
function notFile(path: string): KeyFileError {
  return new KeyFileError(
    'key-unreadable',
    `${path} is no file`,
    { path },
    'name the key file itself: openledger keys list shows those in a folder',
  )
}

async function openExisting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES') {
      const next = `check who owns the file: ls -l ${path}`
      throw new KeyFileError('key-unreadable', `this user may not read ${path}`, { path }, next)
    }
    if (code !== 'ENOENT') throw error
    throw new KeyFileError(
      'key-missing',
      `there is no key in ${path}`,
      { path },
      'openledger keys --help shows how to make one',
    )
  }
}

const restoreHint = 'restore the file from a backup'
