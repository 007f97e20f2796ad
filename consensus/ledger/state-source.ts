import type { ByteKey } from '../bytes.ts'

/** The state as it stands before an epoch. Reads are synchronous: execution runs in a thread of its own. */
export interface StateSource {
  get(key: ByteKey): Uint8Array | undefined
  /** Keys that begin with `prefix`, in byte order. */
  keysFrom(prefix: ByteKey): Iterable<ByteKey>
}
