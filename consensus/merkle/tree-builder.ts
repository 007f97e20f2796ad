import type { Crypto } from '../crypto.ts'
import { InvariantError } from '../errors.ts'
import { LeafMessage } from './leaf-message.ts'
import { leafCountMax, newNodeMessage, outgrown, rootHash, type TreeLayout, writeNodeLabel } from './tree-layout.ts'

/**
 * Builds a tree of RFC 6962 shape (section 2.1: split at the largest power of two below the count) leaf by leaf, in O(log n)
 * memory. Of every level one node is open; its message lies ready, and children write their labels straight into it. The bits
 * of the count tell which levels have a left child waiting.
 */
export class TreeBuilder {
  readonly #crypto: Crypto
  readonly #layout: TreeLayout
  readonly #leaf: LeafMessage
  /** The open node's message per level, from the leaves up. */
  readonly #open: Uint8Array[] = []
  #count = 0

  constructor(crypto: Crypto, layout: TreeLayout) {
    this.#crypto = crypto
    this.#layout = layout
    this.#leaf = new LeafMessage(crypto, layout)
  }

  get count(): number {
    return this.#count
  }

  /** Forgets the leaves and keeps the buffers, for the next of many small trees. */
  reset(): void {
    this.#count = 0
  }

  add(bytes: Uint8Array, start: number, end: number, value: number | bigint): void {
    if (this.#count === leafCountMax)
      throw new InvariantError('tree', 'more leaves than positions', { count: this.#count })
    this.#leaf.writeLabel(bytes, start, end, value, this.#openNode(0), this.#childOffset(this.#count))
    let level = 0
    let completed = this.#count
    for (; (completed & 1) === 1; level++) {
      completed >>>= 1
      this.#closeInto(level, this.#openNode(level + 1), this.#childOffset(completed))
    }
    this.#count++
  }

  /** The label over all leaves; the builder can go on. */
  topLabel(): Uint8Array {
    const { labelLength, bodyOffset } = this.#layout
    const top = new Uint8Array(labelLength)
    let isEmpty = true
    for (let level = 0; level < this.#open.length; level++) {
      if (((this.#count >>> level) & 1) === 0) continue
      const message = this.#open[level]!
      if (isEmpty) top.set(message.subarray(bodyOffset, bodyOffset + labelLength))
      else {
        message.set(top, bodyOffset + labelLength)
        this.#closeInto(level, top, 0)
      }
      isEmpty = false
    }
    return top
  }

  /** 32 bytes. */
  root(topLabel: Uint8Array): Uint8Array {
    return rootHash(this.#crypto, this.#layout, this.#count, topLabel)
  }

  #openNode(level: number): Uint8Array {
    const message = this.#open[level]
    if (message !== undefined) return message
    const added = newNodeMessage(this.#layout)
    this.#open.push(added)
    return added
  }

  /** Where the child with this position in its level goes: an even one is a left child. */
  #childOffset(position: number): number {
    return this.#layout.bodyOffset + ((position & 1) === 0 ? 0 : this.#layout.labelLength)
  }

  #closeInto(level: number, target: Uint8Array, at: number): void {
    if (!writeNodeLabel(this.#crypto, this.#layout, this.#open[level]!, target, at)) throw outgrown(this.#layout)
  }
}
