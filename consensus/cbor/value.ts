import type { Cid } from '../cid.ts'

/** What a block may hold: DAG-CBOR without floats. Integers are safe integers. */
export type Value = null | boolean | number | string | Uint8Array | Cid | readonly Value[] | ValueMap
export interface ValueMap {
  readonly [key: string]: Value | undefined
}

/** Nesting bound of every block; the deepest record needs 4. */
export const depthMax = 12
