import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { readU32, writeU32 } from '../consensus/bytes.ts'
import { LedgerError, MalformedError } from '../consensus/errors.ts'

/** A frame on a stream: its payload's length (u32, big-endian), then the payload. */
const headBytes = 4

/** The stream ended in the middle: the peer went away, which is no offence. */
export class CutShortError extends LedgerError {
  constructor(expectedBytes: number, gotBytes: number) {
    super('cut-short', `the stream ended ${expectedBytes - gotBytes} bytes before its frame`, {
      expectedBytes,
      gotBytes,
    })
  }
}

/** What a stream delivers in one event: bytes, in one piece or several. */
type Chunk = StreamMessageEvent['data']

/**
 * Reads frames from a stream. A peer's length is believed only up to the bound that the caller gives for the next frame,
 * and nothing is kept beyond `bytesMax` for the whole stream, so a peer can't make a node allocate.
 */
export class FrameReader {
  readonly #stream: Stream
  readonly #bytesMax: number
  readonly #onBytes: () => void
  readonly #chunks: Uint8Array[] = []
  #buffered = 0
  #received = 0
  #ended = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  /** `onBytes` is told of every piece that arrives, whether it completes a frame or not. */
  constructor(stream: Stream, bytesMax: number, onBytes: () => void = () => {}) {
    this.#stream = stream
    this.#bytesMax = bytesMax
    this.#onBytes = onBytes
    stream.addEventListener('message', this.#onMessage)
    stream.addEventListener('end', this.#onEnd)
    stream.addEventListener('close', this.#onClose)
    if (stream.readableEnded || stream.status === 'closed') this.#ended = true
  }

  /**
   * The next frame's payload, or undefined where the stream ends between frames. Throws MalformedError for a frame above
   * `frameBytesMax`, CutShortError for an end inside a frame, the stream's error if it broke, and the signal's reason.
   */
  async next(frameBytesMax: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (!(await this.#available(headBytes, signal))) {
      if (this.#buffered > 0) throw new CutShortError(headBytes, this.#buffered)
      return undefined
    }
    const length = readU32(this.#take(headBytes), 0)
    if (length > frameBytesMax) throw new MalformedError('frame', `at most ${frameBytesMax} bytes`, length)
    if (!(await this.#available(length, signal))) throw new CutShortError(length, this.#buffered)
    return this.#take(length)
  }

  /** Lets go of the stream. */
  release(): void {
    this.#stream.removeEventListener('message', this.#onMessage)
    this.#stream.removeEventListener('end', this.#onEnd)
    this.#stream.removeEventListener('close', this.#onClose)
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    const bytes = contiguous(event.data)
    this.#received += bytes.length
    if (this.#received > this.#bytesMax) {
      this.#chunks.length = 0
      this.#fail(new MalformedError('stream', `at most ${this.#bytesMax} bytes`, this.#received))
      this.#stream.abort(this.#failure!)
      return
    }
    this.#chunks.push(bytes)
    this.#buffered += bytes.length
    this.#onBytes()
    this.#wake?.()
  }

  readonly #onEnd = (): void => {
    this.#ended = true
    this.#wake?.()
  }

  readonly #onClose = (event: StreamCloseEvent): void => {
    if (event.error !== undefined) this.#fail(event.error)
    else this.#onEnd()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#wake?.()
  }

  /** Waits for `count` bytes; false where the stream ended before. */
  async #available(count: number, signal: AbortSignal): Promise<boolean> {
    while (this.#buffered < count) {
      if (this.#failure !== undefined) throw this.#failure
      if (this.#ended) return false
      await this.#change(signal)
    }
    return true
  }

  #change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    this.#wake = resolve
    return promise.finally(() => {
      this.#wake = undefined
      signal.removeEventListener('abort', onAbort)
    })
  }

  #take(count: number): Uint8Array {
    const taken = new Uint8Array(count)
    let filled = 0
    while (filled < count) {
      const chunk = this.#chunks[0]!
      const part = chunk.subarray(0, count - filled)
      taken.set(part, filled)
      filled += part.length
      if (part.length === chunk.length) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(part.length)
    }
    this.#buffered -= count
    return taken
  }
}

function contiguous(chunk: Chunk): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : chunk.subarray()
}

/** Sends one frame and waits while the peer takes nothing more. Throws when the stream breaks or `signal` aborts. */
export async function writeFrame(stream: Stream, payload: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const head = new Uint8Array(headBytes)
  writeU32(head, 0, payload.length)
  stream.send(head)
  if (!stream.send(payload)) await stream.onDrain({ signal })
}

/** Bytes on the wire of a stream with `frames` frames of `payloadBytes` in total. */
export function streamBytes(frames: number, payloadBytes: number): number {
  return frames * headBytes + payloadBytes
}
