import type { Connection } from '@libp2p/interface'

/**
 * Ends connections once this turn of the event loop is over: a stream that was opened in it still sends its first frame, and where the
 * connection is gone by then, that error reaches nobody and ends the process.
 */
export function sever(connections: readonly Connection[], reason: string): void {
  setImmediate(() => {
    for (const connection of connections) connection.abort(new Error(reason))
  })
}
