import { access, constants, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LedgerError } from '../../consensus/errors.ts'
import type { NodeStatus } from '../api/node-view.ts'
import { catchingUpText, stalledText } from '../api/standing-text.ts'
import { byteText } from '../byte-text.ts'
import { readChainHead } from '../node/chain-head.ts'
import { corruptNext } from '../store/errors.ts'
import { databaseFolder, Store } from '../store/store.ts'
import { doubtful, type Finding, fine, refused, wrong } from './finding.ts'

/** Reading every file of a larger store takes longer than somebody who asks a doctor waits. */
const inspectedBytesMax = 512 * 1024 ** 2

export interface LedgerFinding {
  readonly finding: Finding
  /** Time of the newest final epoch, milliseconds since 1970; null where it isn't known. */
  readonly headTime: number | null
}

/** Whether the data folder can be written to, or made. */
export async function folderFinding(data: string): Promise<Finding> {
  const there = await nearestFolder(data)
  try {
    await access(there, constants.R_OK | constants.W_OK | constants.X_OK)
    if (there === data) return fine('data', data)
    return fine('data', `${data} is not there yet: start makes it`)
  } catch {
    return wrong('data', `this user may not write to ${there}`, 'check who owns the folder, and its mode')
  }
}

const waitsNext = 'wait; where it has no stake, or was away for long, submit its validator record again'

/** What a running node says of itself. */
export function runningFinding(status: NodeStatus): LedgerFinding {
  const { epoch, chain, halted, syncing, stalled, votingWaits, time, role } = status
  const found = `running as ${role}, at epoch ${epoch} of ${chain}`
  const finding =
    halted !== null
      ? wrong('node', `${found}; halted: ${halted}`, 'see the log of the node')
      : syncing
        ? doubtful('node', `${found}; ${catchingUpText(status)}`, 'wait; openledger status shows how far it is')
        : stalled
          ? doubtful(
              'node',
              `${found}; ${stalledText}`,
              'are enough validators connected? see its log, and its peers below',
            )
          : votingWaits !== null
            ? doubtful('node', `${found}; it doesn't vote yet: ${votingWaits}`, waitsNext)
            : fine('node', found)
  return { finding, headTime: time }
}

/** A store at rest: that it opens, its version, and that its files are sound where they are small enough to be read. */
export async function restingFinding(data: string): Promise<LedgerFinding> {
  const path = join(data, databaseFolder)
  const bytes = await sizeOf(path)
  if (bytes === undefined) return { finding: fine('node', 'not running, and no ledger yet'), headTime: null }
  const isRead = bytes <= inspectedBytesMax
  try {
    // LevelDB may abort the process over damaged files: they are looked at before it opens them.
    if (isRead)
      for await (const { file, problem } of Store.inspect(data)) return damaged(`${join(path, file)}: ${problem}`)
    const store = await Store.open(data, { create: false, multithreading: false })
    try {
      return soundStore(store, bytes, isRead)
    } finally {
      await store.close()
    }
  } catch (error) {
    return { finding: refused('node', error), headTime: null }
  }
}

function soundStore(store: Store, bytes: number, isRead: boolean): LedgerFinding {
  if (store.head() === undefined)
    return { finding: fine('node', 'not running, and its ledger is not begun'), headTime: null }
  const { epoch, time } = readChainHead(store)
  const depth = isRead ? 'every file is sound' : 'too large to be read as a whole here: openledger verify checks it'
  const found = `not running, at epoch ${epoch} of ${store.chain()}, ${byteText(bytes)}; ${depth}`
  return { finding: fine('node', found), headTime: time }
}

function damaged(found: string): LedgerFinding {
  return { finding: wrong('node', found, corruptNext), headTime: null }
}

/** Of all files in a folder, bytes; undefined where it isn't there. */
async function sizeOf(folder: string): Promise<number | undefined> {
  try {
    const sizes = await Promise.all(
      (await readdir(folder)).map(async name => (await stat(join(folder, name)).catch(() => ({ size: 0 }))).size),
    )
    return sizes.reduce((sum, size) => sum + size, 0)
  } catch (error) {
    if ((error as LedgerError).code === 'ENOENT') return undefined
    throw error
  }
}

async function nearestFolder(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  return isThere || dirname(path) === path ? path : await nearestFolder(dirname(path))
}
