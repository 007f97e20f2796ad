import type { Static, TObject, TSchema } from 'typebox'
import type { Answer, Method } from '../api/route.ts'
import type { Routes } from '../api/routes/index.ts'
import type { Frozen, Plain } from '../api/schema/plain.ts'

/*
 * What can be called, and what comes back: all of it inferred from the routes that a node serves. Nothing of them is left when
 * the types are gone, so a page that uses the client carries no schema.
 */

type Declared = Routes[number]

export type RouteAt<M extends Method, Path extends string> = Extract<
  Declared,
  { readonly method: M; readonly path: Path }
>

/** The paths of a method whose answer is of this kind. */
export type PathOf<M extends Method, Kind extends Answer['kind']> = Extract<
  Declared,
  { readonly method: M; readonly answer: { readonly kind: Kind } }
>['path']

type BodyFields<B> = B extends { readonly kind: 'json'; readonly schema: infer S extends TObject } ? Static<S> : unknown

/** The fields of path, query and JSON body together. */
export type InputAt<M extends Method, Path extends string> =
  RouteAt<M, Path> extends { readonly fields: infer Fields extends TObject; readonly body: infer B }
    ? Frozen<Static<Fields> & BodyFields<B>>
    : never

/** What stands under `data`, or on each line. */
export type DataAt<M extends Method, Path extends string> =
  RouteAt<M, Path> extends { readonly answer: { readonly schema: infer S extends TSchema } } ? Plain<S> : never

/** An input whose fields may all be left out may be left out itself. */
export type Given<Input> = Partial<Input> extends Input ? [input?: Input] : [input: Input]
