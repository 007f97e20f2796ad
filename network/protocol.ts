import type { PeerText } from './peer.ts'

/** Values to bytes and back. `decode` throws MalformedError or EncodingError for anything that `encode` cannot have written. */
export interface Codec<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
}

/** Bounds of one protocol, on both sides: what is more is neither read nor sent. */
export interface ProtocolLimits {
  /** Of a request's frame. */
  readonly requestBytesMax: number
  /** Of one item's frame. */
  readonly itemBytesMax: number
  /** Of all items of one response. */
  readonly responseBytesMax: number
  readonly responseItemsMax: number
  /** From opening the stream until the whole response is there, in ms. */
  readonly timeoutMs: number
  /** Between the request and the first byte of the response, and between its pieces, in ms. */
  readonly silenceMs: number
  /** Requests that a peer may have open at once. */
  readonly inflightPerPeer: number
  /** Requests that a peer may make per second, on average and at once. */
  readonly perSecond: number
  readonly burst: number
}

/** A request/response protocol: one request frame, then `one` item or `many` of them. */
export interface Protocol<Request, Item, Answer extends 'one' | 'many'> {
  readonly name: string
  readonly answer: Answer
  readonly request: Codec<Request>
  readonly item: Codec<Item>
  readonly limits: ProtocolLimits
}

/** A protocol of either kind. */
export type AnyProtocol<Request, Item> = Protocol<Request, Item, 'one' | 'many'>

/** What can be said of a protocol without its types. */
export type ProtocolFacts = Pick<AnyProtocol<unknown, unknown>, 'name' | 'answer' | 'limits'>

/**
 * How a node asks a peer. Rejects with a RequestError when the peer refuses, breaks off, is too slow or answers against
 * the protocol, and when `signal` aborts; it never waits longer than the protocol's timeout.
 */
export type Ask<P> =
  P extends Protocol<infer Request, infer Item, infer Answer>
    ? (peer: PeerText, request: Request, signal?: AbortSignal) => Promise<Answer extends 'one' ? Item : Item[]>
    : never

/**
 * How a node answers. With `many`, items are taken as long as they fit the protocol's limits: the handler may offer
 * more, the asker pages on. `signal` aborts when the peer is gone or out of time.
 */
export type Serve<P> =
  P extends Protocol<infer Request, infer Item, infer Answer>
    ? (
        request: Request,
        peer: PeerText,
        signal: AbortSignal,
      ) => Answer extends 'one' ? Item | Promise<Item> : Iterable<Item> | AsyncIterable<Item>
    : never

export function protocolId(protocol: { readonly name: string }): string {
  return `/openledger/${protocol.name}/1`
}
