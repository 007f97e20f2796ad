import Type, { type Static, type TObject, type TProperties, type TSchema } from 'typebox'
import type { ApiSource } from './api-source.ts'
import type { ServerSentEvent } from './event-stream.ts'
import type { Frozen, Plain } from './schema/plain.ts'
import type { EarlySource } from './stage.ts'

export type Method = 'GET' | 'POST'

/** Who may ask: anyone; over TCP only who shows the token; only who can open the socket in the data folder. */
export type Access = 'anyone' | 'token' | 'operator'

/** What comes back: JSON in `{ok: true, data}`, bytes, a text, lines of JSON, or a file that may be long. */
export type Answer =
  | { readonly kind: 'json'; readonly mediaType: string; readonly schema: TSchema }
  | { readonly kind: 'bytes'; readonly mediaType: string }
  | { readonly kind: 'text'; readonly mediaType: string }
  | { readonly kind: 'lines'; readonly mediaType: string; readonly schema: TSchema }
  | { readonly kind: 'stream'; readonly mediaType: string }
  /** By their names. */
  | { readonly kind: 'events'; readonly mediaType: string; readonly schemas: Readonly<Record<string, TSchema>> }

/** What is sent: a JSON object whose fields are checked like those of a query, or bytes. */
export type Body =
  | { readonly kind: 'json'; readonly schema: TObject; readonly bytesMax: number }
  | { readonly kind: 'bytes'; readonly mediaType: string; readonly bytesMax: number }

/** One call, beside what its input says. */
export interface Asked {
  /** The operator: over the socket, or with the token. */
  readonly isTrusted: boolean
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal
  /** Aborts then, and when the node was told to stop as well: for what waits for something to come. */
  readonly ending: AbortSignal
  /** Empty where none was sent. */
  readonly body: Uint8Array
  /** Of who comes back to a stream that broke off. */
  readonly lastEventId: string | undefined
  /** Adds a header to the answer. */
  header(name: string, value: string): void
}

type AnswerOf<A extends Answer> = A extends { readonly kind: 'json'; readonly schema: infer S extends TSchema }
  ? Plain<S>
  : A extends { readonly kind: 'bytes' }
    ? Uint8Array
    : A extends { readonly kind: 'text' }
      ? string | Uint8Array
      : A extends { readonly kind: 'lines'; readonly schema: infer S extends TSchema }
        ? AsyncIterable<Plain<S>>
        : A extends { readonly kind: 'stream' }
          ? AsyncIterable<Uint8Array>
          : AsyncIterable<ServerSentEvent>

type BodyFields<B extends Body | undefined> = B extends {
  readonly kind: 'json'
  readonly schema: infer S extends TObject
}
  ? Static<S>
  : unknown

/** What `handle` is given: the fields of path, query and a JSON body together. */
export type InputOf<Fields extends TProperties, B extends Body | undefined = undefined> = Frozen<
  Static<TObject<Fields>> & BodyFields<B>
>

/** A route, declared once: input is checked by it, the OpenAPI document describes it, and the client's types come from it. */
export interface Route<
  M extends Method = Method,
  Path extends string = string,
  Fields extends TProperties = TProperties,
  B extends Body | undefined = Body | undefined,
  A extends Answer = Answer,
> {
  readonly method: M
  /** Fields in braces, like `/v1/accounts/{account}`. */
  readonly path: Path
  /** What it is about, for the table of contents. */
  readonly tag: string
  /** One sentence. */
  readonly does: string
  /** Those named in the path come from there, the others from the query. */
  readonly fields: TObject<Fields>
  readonly body: B
  readonly answer: A
  /** Codes of its refusals beside those that any route has. */
  readonly refusals: readonly string[]
  readonly access: Access
  /** Pages of any origin may ask it. */
  readonly crossOrigin: boolean
  /** What it takes of a caller's allowance; a plain lookup takes 1. */
  readonly cost: number
  /** What is answered while there is no ledger to answer from; undefined: it is refused until there is. */
  readonly early: Early<A> | undefined
  handle(source: ApiSource, input: InputOf<Fields, B>, asked: Asked): Promise<AnswerOf<A>>
}

/** Undefined: there is nothing to answer with so early. */
export type Early<A extends Answer> = (source: EarlySource) => AnswerOf<A> | Promise<AnswerOf<A>> | undefined

/** A route seen without its types. */
// biome-ignore lint/suspicious/noExplicitAny: a handler takes what its own schema lets through, which no common type says
export type AnyRoute = Route<Method, string, any, any, Answer>

interface RouteSpec<
  M extends Method,
  Path extends string,
  Fields extends TProperties,
  B extends Body | undefined,
  A extends Answer,
> {
  readonly method: M
  readonly path: Path
  readonly tag: string
  readonly does: string
  readonly fields?: Fields
  readonly body?: B
  readonly answer: A
  readonly refusals?: readonly string[]
  readonly access?: Access
  readonly crossOrigin?: boolean
  readonly cost?: number
  readonly early?: Early<A>
  handle(source: ApiSource, input: InputOf<Fields, B>, asked: Asked): Promise<AnswerOf<A>>
}

/** What is read is open to pages of any origin; what is written is not, unless the route says so. */
export function route<
  const M extends Method,
  const Path extends string,
  const A extends Answer,
  Fields extends TProperties = Record<never, TSchema>,
  const B extends Body | undefined = undefined,
>(spec: RouteSpec<M, Path, Fields, B, A>): Route<M, Path, Fields, B, A> {
  const access = spec.access ?? 'anyone'
  return {
    refusals: [],
    crossOrigin: spec.method === 'GET' && access === 'anyone',
    cost: 1,
    ...spec,
    access,
    fields: Type.Object(spec.fields ?? ({} as Fields)),
    body: spec.body as B,
    early: spec.early,
  }
}

/** What monitors know to ask beside GET is taken where a monitor asks. */
export function methodsOf({ method, tag }: AnyRoute): readonly (Method | 'HEAD')[] {
  return tag === 'health' ? [method, 'HEAD'] : [method]
}

export const json = <S extends TSchema>(schema: S) => ({ kind: 'json', mediaType: 'application/json', schema }) as const
export const bytes = (mediaType: string) => ({ kind: 'bytes', mediaType }) as const
export const text = (mediaType: string) => ({ kind: 'text', mediaType }) as const
export const stream = (mediaType: string) => ({ kind: 'stream', mediaType }) as const
export const lines = <S extends TSchema>(schema: S) =>
  ({ kind: 'lines', mediaType: 'application/x-ndjson', schema }) as const
export const events = <S extends Readonly<Record<string, TSchema>>>(schemas: S) =>
  ({ kind: 'events', mediaType: 'text/event-stream', schemas }) as const
