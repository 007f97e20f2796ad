/*
 * Every bound on a proof exchange, each with its reason. All sizes in bytes.
 */

/** A tree, a key and two numbers are at most some 150 bytes; so many fit into one small frame. */
export const partsPerRequestMax = 256
/** The longest part names 1,024 records of a batch, in two or three bytes each. */
export const requestBytesMax = 64 * 1024
/** The longest part of an answer is a batch's body (R2) beside its header, its codes and two paths. */
export const answerBytesMax = 1024 * 1024
/** Of a tree's leaves in one part: long lists come in pages. */
export const pageBytesMax = 64 * 1024
/** A key in the state: a letter, and at most a ref and an account, or an epoch and two accounts. */
export const stateKeyBytesMax = 128
/** The largest cells are a model's, with 1,024 refs of reach, and the validator sets', three of 150 validators. */
export const cellBytesMax = 128 * 1024
/** A set of 150 validators, or the parameters. */
export const blockBytesMax = 64 * 1024
/** A leaf of the flow tree holds a root per list; the others are shorter. */
export const leafBytesMax = 1024

/** What one walk may take, before it gives up: an answer that leads on and on costs no more than this. */
export interface WalkBounds {
  readonly requests: number
  /** Of all answers. */
  readonly bytes: number
  /** Leaves of lists, all together. */
  readonly leaves: number
}

/** The same walk where each request has one part, as in a file: the parts are the same, and up to so many of them shared a request. */
export function partwise(bounds: WalkBounds): WalkBounds {
  return { ...bounds, requests: bounds.requests * partsPerRequestMax }
}

/** A million lines at some 100 bytes each: more than any account has in one epoch of 32 MiB. */
export const walkBoundsDefault: WalkBounds = { requests: 20_000, bytes: 512 * 1024 * 1024, leaves: 2_000_000 }
