import type { Libp2p, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { EncodingError } from '../consensus/cbor/decode.ts'
import { MalformedError } from '../consensus/errors.ts'
import { controlBytesMax, parseAnswer, tagBytes } from './answer.ts'
import type { FaultInjector } from './faults.ts'
import { CutShortError, FrameReader, streamBytes, writeFrame } from './framing.ts'
import type { PeerText, Severity } from './peer.ts'
import { type AnyProtocol, type ProtocolFacts, protocolId } from './protocol.ts'
import { RequestError } from './request-error.ts'
import { Silence } from './silence.ts'
import type { AskResult, Tally } from './tally.ts'
import { Turns } from './turns.ts'

export interface AskerParts {
  readonly libp2p: Libp2p
  readonly tally: Tally
  readonly injector: FaultInjector | undefined
  penalise(peer: PeerText, reason: string, severity: Severity): void
}

/** The asking side of every protocol. */
export class Asker {
  readonly #parts: AskerParts
  readonly #stopping = new AbortController()
  /** By peer and protocol, only while in use. */
  readonly #turns = new Map<string, Turns>()

  constructor(parts: AskerParts) {
    this.#parts = parts
  }

  /** All items of the response. Throws RequestError, whatever happens. */
  async ask<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    peer: PeerText,
    request: Request,
    signal?: AbortSignal,
  ): Promise<Item[]> {
    const timeout = AbortSignal.timeout(protocol.limits.timeoutMs)
    const signals = [timeout, this.#stopping.signal, ...(signal === undefined ? [] : [signal])]
    const beganMs = performance.now()
    const count = (result: AskResult) => this.#parts.tally.asked(protocol.name, result, performance.now() - beganMs)
    try {
      const items = await this.#inTurn(protocol, peer, request, AbortSignal.any(signals))
      count('answered')
      return items
    } catch (error) {
      const isAborted = signal?.aborted === true || this.#stopping.signal.aborted
      const interruption = isAborted ? 'aborted' : timeout.aborted ? 'timeout' : undefined
      const explained = this.#explain(error, protocol, peer, interruption)
      count(explained.code)
      throw explained
    }
  }

  stop(): void {
    this.#stopping.abort(new Error('the network stops'))
  }

  /** The peer serves so many requests at once; more wait here rather than be refused there. */
  async #inTurn<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    peer: PeerText,
    request: Request,
    signal: AbortSignal,
  ): Promise<Item[]> {
    const key = `${protocol.name} ${peer}`
    const turns = this.#turns.get(key) ?? new Turns(protocol.limits.inflightPerPeer)
    this.#turns.set(key, turns)
    await turns.take(signal)
    try {
      return await this.#converse(protocol, peer, request, signal)
    } finally {
      turns.done()
      if (turns.isIdle) this.#turns.delete(key)
    }
  }

  async #converse<Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    peer: PeerText,
    request: Request,
    signal: AbortSignal,
  ): Promise<Item[]> {
    const { itemBytesMax, responseBytesMax, responseItemsMax, silenceMs } = protocol.limits
    const silence = new Silence(
      silenceMs,
      () => new RequestError('timeout', protocol.name, peer, `silent for ${silenceMs} ms`),
    )
    const heard = AbortSignal.any([signal, silence.signal])
    const stream = await this.#open(protocol, peer, signal)
    const reader = new FrameReader(
      stream,
      streamBytes(responseItemsMax + 1, responseBytesMax + responseItemsMax * tagBytes + controlBytesMax),
      () => silence.heard(),
    )
    try {
      await writeFrame(stream, protocol.request.encode(request), signal)
      await stream.close({ signal })
      silence.listen()
      const items: Item[] = []
      for (;;) {
        const frame = await reader.next(itemBytesMax + tagBytes, heard)
        if (frame === undefined) throw new RequestError('broken-off', protocol.name, peer, 'the stream ended early')
        const answer = parseAnswer(frame)
        if (answer.type === 'refusal') throw refused(protocol.name, peer, answer.reason)
        if (answer.type === 'end') return complete(items, protocol, peer)
        if (items.length === responseItemsMax) {
          throw new MalformedError('answer', `at most ${responseItemsMax} items`, items.length + 1)
        }
        items.push(protocol.item.decode(answer.bytes))
      }
    } finally {
      silence.end()
      reader.release()
      // After the end this does nothing: both sides have closed.
      stream.abort(new Error('done'))
    }
  }

  async #open(protocol: ProtocolFacts, peer: PeerText, signal: AbortSignal): Promise<Stream> {
    if (this.#parts.injector?.loses()) throw new RequestError('broken-off', protocol.name, peer, 'lost on purpose')
    try {
      return await this.#parts.libp2p.dialProtocol(peerIdFromString(peer), protocolId(protocol), { signal })
    } catch (error) {
      throw new RequestError('unreachable', protocol.name, peer, messageOf(error))
    }
  }

  #explain(
    error: unknown,
    protocol: ProtocolFacts,
    peer: PeerText,
    interruption: 'aborted' | 'timeout' | undefined,
  ): RequestError {
    if (interruption !== undefined) return new RequestError(interruption, protocol.name, peer, interruption)
    if (error instanceof RequestError) return error
    if (error instanceof MalformedError || error instanceof EncodingError) {
      this.#parts.penalise(peer, `malformed-${protocol.name}-answer`, 'major')
      return new RequestError('malformed', protocol.name, peer, error.message)
    }
    const detail = error instanceof CutShortError ? 'the stream ended early' : messageOf(error)
    return new RequestError('broken-off', protocol.name, peer, detail)
  }
}

function complete<Item>(items: Item[], protocol: ProtocolFacts, peer: PeerText): Item[] {
  if (protocol.answer === 'one' && items.length !== 1) throw new MalformedError(`answer of ${peer}`, 'one item', items)
  return items
}

function refused(protocol: string, peer: PeerText, reason: string): RequestError {
  return new RequestError('refused', protocol, peer, `it refuses: ${reason}`, { reason })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
