import type { MultiaddrConnection, Transport } from '@libp2p/interface'
import { withConnections } from './raw-connections.ts'

/** What a socket counts by itself. */
interface Counting {
  readonly bytesRead: number
  readonly bytesWritten: number
}

export interface Traffic {
  readonly received: number
  readonly sent: number
}

/** Bytes through all TCP connections since the start, encryption and framing included. */
export class ByteCounter {
  /** Listening to what a connection receives would take it from its reader, so its socket is asked instead. */
  readonly #open = new Set<Counting>()
  #received = 0
  #sent = 0

  counting(inner: Transport): Transport {
    return withConnections(inner, raw => this.#watch(raw))
  }

  total(): Traffic {
    let { received, sent } = { received: this.#received, sent: this.#sent }
    for (const { bytesRead, bytesWritten } of this.#open) {
      received += bytesRead
      sent += bytesWritten
    }
    return { received, sent }
  }

  #watch(raw: MultiaddrConnection): void {
    const { socket } = raw as { socket?: Counting }
    if (socket === undefined) return
    this.#open.add(socket)
    raw.addEventListener(
      'close',
      () => {
        if (!this.#open.delete(socket)) return
        this.#received += socket.bytesRead
        this.#sent += socket.bytesWritten
      },
      { once: true },
    )
  }
}
