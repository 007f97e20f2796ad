import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Database } from './database.ts'
import { StoreOpenError } from './errors.ts'
import { metaKey } from './keys.ts'

/** The form that this program writes, and the first release that reads it. A store carries both, so that an older one knows what to ask for. */
const current = { version: 1, release: '0.1.0' }

/** Marks a new store, and refuses one that a newer program wrote or that is none of ours. */
export async function claimVersion(database: Database): Promise<void> {
  const key = metaKey('version')
  const bytes = database.get(key)
  if (bytes !== undefined) return checkVersion(bytes, database.dir)
  if (!(await database.isEmpty())) {
    throw new StoreOpenError(
      'store-foreign',
      `the database in ${database.dir} carries no version: it isn't a ledger, or its first file is damaged`,
      { dir: database.dir },
      'choose another folder, or restore a backup',
    )
  }
  await database.write([{ key, value: encode([current.version, current.release]) }], true)
}

function checkVersion(bytes: Uint8Array, dir: string): void {
  const [version, release] = decode(bytes) as [number, string]
  if (version === current.version) return
  if (!(version > current.version)) throw olderStore(version, dir)
  throw new StoreOpenError(
    'store-newer',
    `the store in ${dir} has version ${version}, this program knows ${current.version}: the data is intact, use version ≥ ${release}`,
    { dir, version, known: current.version, release },
    `update to version ${release} or later`,
  )
}

/** There is none yet that an older program wrote: whatever says so is damaged. */
function olderStore(version: unknown, dir: string): StoreOpenError {
  return new StoreOpenError(
    'store-older',
    `the store in ${dir} has version ${version}, which no release wrote; this program reads version ${current.version}`,
    { dir, version, known: current.version },
    'restore a backup, or join again with an empty folder; nothing was changed',
  )
}
