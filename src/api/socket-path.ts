import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** A socket's path fits into a fixed field of the kernel's, 108 bytes on Linux and 104 elsewhere. */
const pathBytesMax = 100

/** Where the node on a data folder listens for its operator. */
export function socketPath(data: string): string {
  const path = join(resolve(data), 'api.sock')
  if (Buffer.byteLength(path) <= pathBytesMax) return path
  const digest = createHash('sha256').update(resolve(data)).digest('hex').slice(0, 24)
  return join(tmpdir(), `openledger-${digest}.sock`)
}
