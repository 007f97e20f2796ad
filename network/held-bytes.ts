import type { MultiaddrConnection } from '@libp2p/interface'
import { faultBufferBytesMax } from './limits.ts'

type Sent = Parameters<MultiaddrConnection['send']>[0]

/** Bytes on their way, in order: a late packet holds up all behind it, as in TCP. */
export class HeldBytes {
  readonly #connection: MultiaddrConnection
  readonly #send: (data: Sent) => boolean
  readonly #queue: { data: Sent; dueMs: number }[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(connection: MultiaddrConnection, send: (data: Sent) => boolean) {
    this.#connection = connection
    this.#send = send
    connection.addEventListener('close', () => this.#drop())
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0
  }

  add(data: Sent, delayMs: number): void {
    this.#bytes += data.byteLength
    if (this.#bytes > faultBufferBytesMax) {
      this.#connection.abort(new Error('too many bytes held back'))
      return
    }
    this.#queue.push({ data, dueMs: Math.max(performance.now() + delayMs, this.#queue.at(-1)?.dueMs ?? 0) })
    this.#schedule()
  }

  #schedule(): void {
    const first = this.#queue[0]
    if (first === undefined || this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#release(), Math.max(0, first.dueMs - performance.now()))
  }

  #release(): void {
    this.#timer = undefined
    const nowMs = performance.now()
    while (this.#queue.length > 0 && this.#queue[0]!.dueMs <= nowMs + 1) {
      const { data } = this.#queue.shift()!
      this.#bytes -= data.byteLength
      try {
        this.#send(data)
      } catch (error) {
        // The connection closed with bytes on their way, as real ones do.
        this.#connection.abort(error instanceof Error ? error : new Error(String(error)))
        return
      }
    }
    this.#schedule()
  }

  #drop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#queue.length = 0
    this.#bytes = 0
  }
}
