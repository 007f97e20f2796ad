import type { Socket } from 'node:net'

/** What somebody must take in of what waits for them. */
export interface ReaderLimits {
  /** Longest time in which less is. */
  readonly msMax: number
  readonly bytesMin: number
}

/** A prompt reader is sometimes seen with something waiting, but hardly ever so often in a row. */
const looks = 6

/**
 * Cuts off a connection whose other end doesn't read, whatever is answered on it. Only time in which something waits to be sent counts:
 * who has nothing to read isn't slow.
 */
export function watchReader(socket: Socket, { msMax, bytesMin }: ReaderLimits): void {
  let waiting = 0
  let before = 0
  const look = (): void => {
    if (socket.writableLength === 0) {
      waiting = 0
      return
    }
    if (waiting === looks && taken(socket) - before < bytesMin) {
      socket.destroy()
      return
    }
    if (waiting === 0 || waiting === looks) {
      before = taken(socket)
      waiting = 0
    }
    waiting++
  }
  const timer = setInterval(look, msMax / looks).unref()
  socket.once('close', () => clearInterval(timer))
}

/** Bytes that the system has taken over. What a socket counts itself moves by whole writes only, and one may hold a long answer. */
function taken(socket: Socket): number {
  const { _handle } = socket as unknown as { _handle: { bytesWritten: number; writeQueueSize: number } | null }
  return _handle === null ? 0 : _handle.bytesWritten - _handle.writeQueueSize
}
