import type { Crypto } from '../crypto.ts'
import { hashLength, newLeafMessage, type TreeLayout, writeSum } from './tree-layout.ts'

/** Most leaves are shorter; their views are made once and kept. */
const keptBodyMax = 512

/** One buffer in which every leaf of a tree is spelled before it is hashed, so that a leaf costs no allocation. */
export class LeafMessage {
  readonly #crypto: Crypto
  readonly #layout: TreeLayout
  readonly #views: (Uint8Array | undefined)[] = []
  #buffer: Uint8Array

  constructor(crypto: Crypto, layout: TreeLayout) {
    this.#crypto = crypto
    this.#layout = layout
    this.#buffer = newLeafMessage(layout, keptBodyMax)
  }

  /** Writes the label of the leaf `bytes[start, end)` to `target[at, at + labelLength)`. */
  writeLabel(
    bytes: Uint8Array,
    start: number,
    end: number,
    value: number | bigint,
    target: Uint8Array,
    at: number,
  ): void {
    const { bodyOffset, sumLength } = this.#layout
    const view = this.#view(sumLength + end - start)
    writeSum(this.#layout, view, bodyOffset, value)
    // A loop beats `set` where that needs a subarray first.
    for (let i = start, to = bodyOffset + sumLength; i < end; i++) view[to++] = bytes[i]!
    this.#crypto.sha256Into(view, target, at)
    for (let i = 0; i < sumLength; i++) target[at + hashLength + i] = view[bodyOffset + i]!
  }

  #view(bodyLength: number): Uint8Array {
    const length = this.#layout.bodyOffset + bodyLength
    if (bodyLength > keptBodyMax) {
      if (length > this.#buffer.length) this.#buffer = newLeafMessage(this.#layout, 2 * bodyLength)
      return this.#buffer.subarray(0, length)
    }
    let view = this.#views[bodyLength]
    if (view === undefined) {
      view = this.#buffer.subarray(0, length)
      this.#views[bodyLength] = view
    }
    return view
  }
}
