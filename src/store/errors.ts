import { LedgerError } from '../../consensus/errors.ts'
import { describeKey } from './keys.ts'

/** What to do about damage. */
export const corruptNext =
  'openledger verify --data DIR names all that is damaged; restore a backup, or join again with an empty folder'

/** A stored value isn't what was written: damage by disk, memory or another program. Names the key for people. */
export class CorruptError extends LedgerError {
  readonly key: Uint8Array

  constructor(key: Uint8Array, problem: string) {
    super('store-corrupt', `${describeKey(key)}: ${problem}`, { key: describeKey(key) }, corruptNext)
    this.key = key
  }
}

/** The folder can't be opened as a store; `code` says why. */
export class StoreOpenError extends LedgerError {}

/** What LevelDB and the system say, in the words of who has to act on it. */
export function explainFailure(error: unknown, dir: string): LedgerError {
  const cause = rootCause(error)
  const facts = { dir, cause: cause.message }
  if (cause.code === 'LEVEL_LOCKED') {
    return new StoreOpenError(
      'store-locked',
      `a node is running on this folder: ${dir}`,
      facts,
      'ask that node with --data DIR, or stop it first',
    )
  }
  if (cause.code === 'ENOSPC' || /no space left/i.test(cause.message)) {
    return new LedgerError(
      'disk-full',
      `no space left on the disk of ${dir}`,
      facts,
      'free some space and start again; the data is intact',
    )
  }
  if (
    ['EACCES', 'EPERM', 'EROFS'].includes(cause.code) ||
    /permission denied|read-only file system/i.test(cause.message)
  ) {
    return new StoreOpenError(
      'store-not-writable',
      `cannot write to ${dir}`,
      facts,
      'check who owns the folder, and its mode',
    )
  }
  // A file of its own that LevelDB misses is damage as well.
  if (cause.code === 'LEVEL_CORRUPTION' || /no such file/i.test(cause.message)) {
    return new LedgerError(
      'store-corrupt',
      `the store in ${dir} is damaged: ${cause.message}`,
      facts,
      'restore a backup, or join again with an empty folder',
    )
  }
  return new LedgerError('store-failed', `the store in ${dir} failed: ${cause.message}`, facts)
}

function rootCause(error: unknown): { code: string; message: string } {
  let cause = error
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  if (!(cause instanceof Error)) return { code: '', message: String(cause) }
  return { code: 'code' in cause ? String(cause.code) : '', message: cause.message }
}
