import type { Crypto } from '../crypto.ts'
import { entryLength, type StatePage } from './state-page.ts'
import { hashLength } from './tree-layout.ts'

/** 0x00 or 0x01, and two hashes. */
const messageLength = 1 + 2 * hashLength
const nodePrefix = 0x01

/** The hash of a subtree without leaves: 32 zero bytes. */
export const emptyHash: Uint8Array = new Uint8Array(hashLength)

/**
 * Hashes of the compact sparse Merkle tree: a subtree without leaves is `emptyHash`, one with a single leaf is that leaf,
 * H(0x00 ‖ path ‖ value hash), any other H(0x01 ‖ left ‖ right).
 */
export class StateHasher {
  readonly #crypto: Crypto
  readonly #leaf = new Uint8Array(messageLength)
  /** One node is under way per bit of the path; subtrees write their hashes straight into its message. */
  readonly #nodes: Uint8Array[] = []

  constructor(crypto: Crypto) {
    this.#crypto = crypto
  }

  /** Of all leaves in a page whose prefix has `bit` bits. 32 bytes. */
  page(page: StatePage, bit: number): Uint8Array {
    return this.span(page, 0, page.size, bit)
  }

  /** Of the leaves in the items [low, high) of a page; their paths agree in the first `bit` bits. 32 bytes. */
  span(page: StatePage, low: number, high: number, bit: number): Uint8Array {
    const hash = new Uint8Array(hashLength)
    this.#writeSpan(page, low, high, bit, hash, 0)
    return hash
  }

  /** `entry` is path and value hash, 64 bytes. */
  leaf(entry: Uint8Array): Uint8Array {
    const hash = new Uint8Array(hashLength)
    this.#writeLeaf(entry, 0, hash, 0)
    return hash
  }

  node(left: Uint8Array, right: Uint8Array): Uint8Array {
    const message = this.#node(0)
    message.set(left, 1)
    message.set(right, 1 + hashLength)
    return this.#crypto.sha256(message)
  }

  #writeSpan(page: StatePage, low: number, high: number, bit: number, target: Uint8Array, at: number): void {
    const count = page.countIn(low, high)
    if (count === 0) target.fill(0, at, at + hashLength)
    else if (count === 1 || high - low === 1) this.#writeItem(page, low, high, target, at)
    else {
      const middle = page.splitAt(low, high, bit)
      const message = this.#node(bit)
      this.#writeSpan(page, low, middle, bit + 1, message, 1)
      this.#writeSpan(page, middle, high, bit + 1, message, 1 + hashLength)
      this.#crypto.sha256Into(message, target, at)
    }
  }

  /** The hash of the one item with leaves, at whatever height the span is: a single leaf rises through all empty siblings. */
  #writeItem(page: StatePage, low: number, high: number, target: Uint8Array, at: number): void {
    if (page.kind === 'leaf') this.#writeLeaf(page.entries, low * entryLength, target, at)
    else copy(page.hashes, page.firstChild(low, high) * hashLength, hashLength, target, at)
  }

  #writeLeaf(entries: Uint8Array, offset: number, target: Uint8Array, at: number): void {
    copy(entries, offset, entryLength, this.#leaf, 1)
    this.#crypto.sha256Into(this.#leaf, target, at)
  }

  #node(bit: number): Uint8Array {
    while (this.#nodes.length <= bit) {
      const message = new Uint8Array(messageLength)
      message[0] = nodePrefix
      this.#nodes.push(message)
    }
    return this.#nodes[bit]!
  }
}

/** A loop: for so few bytes a view and `set` cost more, and leave garbage. */
function copy(source: Uint8Array, offset: number, length: number, target: Uint8Array, at: number): void {
  for (let i = 0; i < length; i++) target[at + i] = source[offset + i]!
}
