import type { Static, TSchema } from 'typebox'

/** What a schema describes, as a value that nobody changes. */
export type Plain<Schema extends TSchema> = Frozen<Static<Schema>>

export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T
