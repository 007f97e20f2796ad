import type { Connection, Stream } from '@libp2p/interface'
import { EncodingError } from '../consensus/cbor/decode.ts'
import { MalformedError } from '../consensus/errors.ts'
import { endFrame, itemFrame, type Refusal, refusalFrame } from './answer.ts'
import { within } from './deadline.ts'
import { FrameReader, streamBytes, writeFrame } from './framing.ts'
import { farewellMs, rateRecordsMax, requestReadMs } from './limits.ts'
import type { Log } from './log.ts'
import type { PeerText, Severity } from './peer.ts'
import type { AnyProtocol, ProtocolFacts } from './protocol.ts'
import type { ServeResult, Tally } from './tally.ts'
import { TokenBucket } from './token-bucket.ts'

export interface ServerParts {
  readonly tally: Tally
  readonly log: Log
  /** Ms, monotonic. */
  now(): number
  penalise(peer: PeerText, reason: string, severity: Severity): void
}

/** A handler of either kind, seen as a source of items. */
export type ItemSource<Request, Item> = (
  request: Request,
  peer: PeerText,
  signal: AbortSignal,
) => Item | Promise<Item> | Iterable<Item> | AsyncIterable<Item>

/** The answering side of every protocol. */
export class Server {
  readonly #parts: ServerParts
  readonly #stopping = new AbortController()
  /** By peer and protocol. */
  readonly #buckets = new Map<string, TokenBucket>()
  readonly #inflight = new Map<string, number>()

  constructor(parts: ServerParts) {
    this.#parts = parts
  }

  stop(): void {
    this.#stopping.abort(new Error('the network stops'))
  }

  /** Answers one request on `stream`. Never throws, and leaves the stream closed. */
  async serve<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    handler: ItemSource<Request, Item>,
    stream: Stream,
    connection: Connection,
  ): Promise<void> {
    const peer = connection.remotePeer.toString()
    const admission = this.#admit(protocol, peer)
    const beganMs = this.#parts.now()
    const count = (result: ServeResult) => this.#parts.tally.served(protocol.name, result, this.#parts.now() - beganMs)
    if (admission === 'flood') {
      count('flood')
      this.#parts.penalise(peer, `${protocol.name}-flood`, 'minor')
      stream.abort(new Error('too many requests'))
      return
    }
    const key = `${protocol.name} ${peer}`
    this.#inflight.set(key, (this.#inflight.get(key) ?? 0) + 1)
    const gone = new AbortController()
    const onClose = () => gone.abort(new Error('the peer is gone'))
    stream.addEventListener('close', onClose)
    const deadline = AbortSignal.timeout(protocol.limits.timeoutMs)
    const signal = AbortSignal.any([deadline, gone.signal, this.#stopping.signal])
    let isCounted = false
    const work = new Work()
    try {
      if (admission === 'busy') count(await this.#refuse(stream, 'busy', signal))
      else count(await this.#answer(protocol, handler, stream, peer, signal, work))
      isCounted = true
      await farewell(stream)
    } catch (error) {
      if (!isCounted) count('broken-off')
      this.#parts.log.debug({ peer, protocol: protocol.name, error }, 'request not answered')
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    } finally {
      stream.removeEventListener('close', onClose)
      // What a handler still does for who went away takes their place: or they could ask and go without end.
      void work.over.then(() => this.#leave(key))
    }
  }

  async #answer<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    handler: ItemSource<Request, Item>,
    stream: Stream,
    peer: PeerText,
    signal: AbortSignal,
    work: Work,
  ): Promise<ServeResult> {
    const request = await this.#read(protocol, stream, peer, signal)
    if (request === undefined) return this.#refuse(stream, 'malformed', signal)
    let frames = 0
    try {
      for await (const bytes of page(protocol, handler(request.value, peer, signal), signal, work)) {
        await writeFrame(stream, itemFrame(bytes), signal)
        frames++
      }
    } catch (error) {
      if (signal.aborted || stream.status !== 'open') throw error
      this.#parts.log.error({ peer, protocol: protocol.name, error }, 'a handler failed')
      if (frames > 0) throw error
      return this.#refuse(stream, 'unavailable', signal)
    }
    await writeFrame(stream, endFrame(), signal)
    return 'answered'
  }

  /** The request, or undefined for one that is malformed, which is held against the peer. */
  async #read<Request>(
    protocol: AnyProtocol<Request, unknown>,
    stream: Stream,
    peer: PeerText,
    signal: AbortSignal,
  ): Promise<{ value: Request } | undefined> {
    const { requestBytesMax } = protocol.limits
    const reader = new FrameReader(stream, streamBytes(1, requestBytesMax))
    // Running out is no offence: a node that is itself too busy to read can't tell who was slow.
    const patience = AbortSignal.timeout(requestReadMs)
    try {
      const frame = await reader.next(requestBytesMax, AbortSignal.any([signal, patience]))
      if (frame === undefined) throw new Error('no request came')
      return { value: protocol.request.decode(frame) }
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof EncodingError)) throw error
      this.#parts.penalise(peer, `malformed-${protocol.name}-request`, 'major')
      return undefined
    } finally {
      reader.release()
    }
  }

  async #refuse(stream: Stream, reason: Refusal, signal: AbortSignal): Promise<Refusal> {
    await writeFrame(stream, refusalFrame(reason), signal)
    return reason
  }

  #admit(protocol: ProtocolFacts, peer: PeerText): 'fine' | 'busy' | 'flood' {
    const { perSecond, burst, inflightPerPeer } = protocol.limits
    const key = `${protocol.name} ${peer}`
    const nowMs = this.#parts.now()
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      if (this.#buckets.size >= rateRecordsMax) this.#forgetRates(nowMs)
      bucket = new TokenBucket(perSecond, burst, nowMs)
      this.#buckets.set(key, bucket)
    }
    const rate = bucket.take(nowMs)
    return rate === 'fine' && (this.#inflight.get(key) ?? 0) >= inflightPerPeer ? 'busy' : rate
  }

  /** Makes room: first those at rest, and if all are busy, the oldest. */
  #forgetRates(nowMs: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key)
    for (const key of this.#buckets.keys()) {
      if (this.#buckets.size < rateRecordsMax) return
      this.#buckets.delete(key)
    }
  }

  #leave(key: string): void {
    const left = this.#inflight.get(key)! - 1
    if (left === 0) this.#inflight.delete(key)
    else this.#inflight.set(key, left)
  }
}

/** What a handler is at for one request. */
class Work {
  /** Never rejects. */
  over: Promise<void> = Promise.resolve()

  doing<T>(step: T | Promise<T>): Promise<T> {
    const done = Promise.resolve(step)
    const before = this.over
    this.over = done.then(
      () => before,
      () => before,
    )
    return done
  }
}

/** The items, encoded, as long as they fit into one response. */
async function* page<Request, Item>(
  protocol: AnyProtocol<Request, Item>,
  offered: Item | Promise<Item> | Iterable<Item> | AsyncIterable<Item>,
  signal: AbortSignal,
  work: Work,
): AsyncGenerator<Uint8Array> {
  if (protocol.answer === 'one') {
    yield fitting(protocol, await within(work.doing(offered as Item | Promise<Item>), signal))
    return
  }
  const iterator = iterate(offered as Iterable<Item> | AsyncIterable<Item>)
  let bytesLeft = protocol.limits.responseBytesMax
  try {
    for (let count = 0; count < protocol.limits.responseItemsMax; count++) {
      const step = await within(work.doing(iterator.next()), signal)
      if (step.done === true) return
      const bytes = fitting(protocol, step.value)
      bytesLeft -= bytes.length
      if (bytesLeft < 0) return
      yield bytes
    }
  } finally {
    // Not awaited: a handler that hangs must not hold up the stream.
    work.doing(iterator.return?.()).catch(() => {})
  }
}

function iterate<Item>(items: Iterable<Item> | AsyncIterable<Item>): Iterator<Item> | AsyncIterator<Item> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
}

/** What exceeds the protocol's own limit is the handler's bug: the asker would punish this node for it. */
function fitting<Request, Item>(protocol: AnyProtocol<Request, Item>, item: Item): Uint8Array {
  const bytes = protocol.item.encode(item)
  if (bytes.length > protocol.limits.itemBytesMax) {
    throw new MalformedError(`${protocol.name} item`, `at most ${protocol.limits.itemBytesMax} bytes`, bytes)
  }
  return bytes
}

/** Closes the own side and waits, not for long, until the peer has closed its. */
async function farewell(stream: Stream): Promise<void> {
  const signal = AbortSignal.timeout(farewellMs)
  await stream.close({ signal })
  if (stream.remoteWriteStatus === 'closed' || stream.status !== 'open') return
  const { promise, resolve } = Promise.withResolvers<void>()
  stream.addEventListener('remoteCloseWrite', () => resolve(), { once: true })
  stream.addEventListener('close', () => resolve(), { once: true })
  await within(promise, signal)
}
