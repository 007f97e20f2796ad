import { type ByteKey, compareBytes, concat, copyOf, equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { ProofError } from './proof-error.ts'
import { emptyHash, StateHasher } from './state-hasher.ts'
import {
  childPageKey,
  comparePaths,
  emptyPage,
  entryLength,
  LeafPage,
  type PageSource,
  readChild,
  readRootPage,
  rootPageKey,
  type StatePage,
} from './state-page.ts'
import { hashLength } from './tree-layout.ts'

/** Paths from one through another, both included; 32 bytes each. */
export interface PathRange {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/**
 * What stands beside a range: in path order the largest subtrees without a path of it, each as a kind and what that kind is known by.
 * A single leaf is shown whole: only so is it known that it stands alone, and rises through its empty siblings.
 */
const besideKinds = { empty: 0, leaf: 1, node: 2 } as const
const besideLengths = [0, entryLength, hashLength] as const
/** At every depth at most one subtree on either side, each of at most 65 bytes. */
export const besideBytesMax = 2 * 256 * (1 + entryLength)

export const firstPath: Uint8Array = new Uint8Array(hashLength)
export const lastPath: Uint8Array = new Uint8Array(hashLength).fill(0xff)

/** The next path; undefined after the last. */
export function pathAfter(path: Uint8Array): Uint8Array | undefined {
  const after = copyOf(path)
  for (let i = hashLength - 1; i >= 0; i--) {
    after[i]!++
    if (after[i] !== 0) return after
  }
  return undefined
}

/** What `verifyStateRange` needs beside the leaves of the range. Throws StatePageError if the source is damaged. */
export function stateBesideRange(crypto: Crypto, source: PageSource, range: PathRange): Uint8Array {
  const prover = new BesideProver(crypto, source, range)
  const root = readRootPage(source)
  prover.visit({ key: rootPageKey, page: root, low: 0, high: root.size }, 0)
  return concat(...prover.parts)
}

/**
 * Throws ProofError unless the leaves with paths in the range are exactly these in the state with this root (32 bytes): `order` where
 * they aren't ascending paths of the range, `siblings` where what stands beside is too short or too long, `leaf` for a leaf out of
 * its place, `root` where all that leads to another root. `entries`: path and value hash of each, 64 bytes.
 */
export function verifyStateRange(
  crypto: Crypto,
  root: Uint8Array,
  range: PathRange,
  beside: Uint8Array,
  entries: Uint8Array,
): void {
  const leaves = LeafPage.copyOf(entries, entries.length)
  checkOrder(leaves, range)
  const checker = new RangeChecker(crypto, range, beside, leaves)
  const { hash } = checker.subtree(0, leaves.size, 0)
  checker.end()
  if (!equalBytes(hash, root)) throw new ProofError('root', 'the range leads to another state root')
}

function checkOrder(leaves: LeafPage, { from, to }: PathRange): void {
  const { entries } = leaves
  if (!Number.isInteger(leaves.size))
    throw new ProofError('order', 'leaves of 64 bytes each', { bytes: entries.length })
  for (let i = 0; i < leaves.size; i++) {
    const at = i * entryLength
    if (comparePaths(entries, at, from, 0) < 0 || comparePaths(entries, at, to, 0) > 0)
      throw new ProofError('order', 'a leaf outside of the range', { place: i })
    if (i > 0 && comparePaths(entries, at - entryLength, entries, at) >= 0)
      throw new ProofError('order', 'leaves that are not in path order', { place: i })
  }
}

/** The paths with one prefix, while a walk goes down the tree bit by bit. */
class Span {
  readonly #low = new Uint8Array(hashLength)
  readonly #high = new Uint8Array(hashLength).fill(0xff)
  readonly #range: PathRange

  constructor(range: PathRange) {
    this.#range = range
  }

  /** Where it lies to the range. */
  get place(): 'inside' | 'outside' | 'across' {
    const { from, to } = this.#range
    if (compareBytes(this.#high, from) < 0 || compareBytes(this.#low, to) > 0) return 'outside'
    return compareBytes(this.#low, from) >= 0 && compareBytes(this.#high, to) <= 0 ? 'inside' : 'across'
  }

  /** Into the half with this bit clear or set, and back. */
  in(bit: number, isSet: boolean, walk: () => void): void {
    const mask = 0x80 >> (bit & 7)
    const byte = bit >> 3
    if (isSet) this.#low[byte]! |= mask
    else this.#high[byte]! &= ~mask
    walk()
    this.#low[byte]! &= ~mask
    this.#high[byte]! |= mask
  }

  contains(path: Uint8Array): boolean {
    return comparePaths(path, 0, this.#low, 0) >= 0 && comparePaths(path, 0, this.#high, 0) <= 0
  }
}

/** Items [low, high) of a page. */
interface Place {
  readonly key: ByteKey
  readonly page: StatePage
  readonly low: number
  readonly high: number
}

class BesideProver {
  readonly parts: Uint8Array[] = []
  readonly #source: PageSource
  readonly #hasher: StateHasher
  readonly #span: Span

  constructor(crypto: Crypto, source: PageSource, range: PathRange) {
    this.#source = source
    this.#hasher = new StateHasher(crypto)
    this.#span = new Span(range)
  }

  visit(place: Place, bit: number): void {
    const { key, page, low, high } = place
    if (page.kind === 'inner' && high - low === 1) {
      this.visit(this.#child(place, low), bit)
      return
    }
    const where = this.#span.place
    if (where === 'outside') this.#show(place, bit)
    if (where !== 'across') return
    const middle = page.splitAt(low, high, bit)
    this.#span.in(bit, false, () => this.visit({ key, page, low, high: middle }, bit + 1))
    this.#span.in(bit, true, () => this.visit({ key, page, low: middle, high }, bit + 1))
  }

  #show({ key, page, low, high }: Place, bit: number): void {
    const count = page.countIn(low, high)
    if (count === 0) this.parts.push(Uint8Array.of(besideKinds.empty))
    else if (count > 1) this.parts.push(Uint8Array.of(besideKinds.node), this.#hasher.span(page, low, high, bit))
    else if (page.kind === 'inner') this.#show(this.#child({ key, page, low, high }, page.firstChild(low, high)), bit)
    else this.parts.push(Uint8Array.of(besideKinds.leaf), page.entries.subarray(low * entryLength, high * entryLength))
  }

  #child({ key, page }: Place, index: number): Place {
    const count = page.countIn(index, index + 1)
    const childKey = childPageKey(key, index)
    const child = count === 0 ? emptyPage : readChild(this.#source, childKey, count)
    return { key: childKey, page: child, low: 0, high: child.size }
  }
}

/** A subtree by its hash; of its leaves it matters whether there is none, one, or more. */
interface Subtree {
  readonly count: number
  readonly hash: Uint8Array
}

const emptySubtree: Subtree = { count: 0, hash: emptyHash }

class RangeChecker {
  readonly #hasher: StateHasher
  readonly #span: Span
  readonly #beside: Uint8Array
  readonly #leaves: LeafPage
  #at = 0

  constructor(crypto: Crypto, range: PathRange, beside: Uint8Array, leaves: LeafPage) {
    this.#hasher = new StateHasher(crypto)
    this.#span = new Span(range)
    this.#beside = beside
    this.#leaves = leaves
  }

  /** Over the given leaves [low, high) and what stands beside. */
  subtree(low: number, high: number, bit: number): Subtree {
    const where = this.#span.place
    if (where === 'outside') return this.#shown()
    if (where === 'inside') return { count: high - low, hash: this.#hasher.span(this.#leaves, low, high, bit) }
    const middle = this.#leaves.splitAt(low, high, bit)
    let [left, right] = [emptySubtree, emptySubtree]
    this.#span.in(bit, false, () => {
      left = this.subtree(low, middle, bit + 1)
    })
    this.#span.in(bit, true, () => {
      right = this.subtree(middle, high, bit + 1)
    })
    const count = left.count + right.count
    if (count < 2) return left.count === 1 ? left : right
    return { count, hash: this.#hasher.node(left.hash, right.hash) }
  }

  end(): void {
    if (this.#at !== this.#beside.length) throw this.#wrongLength('more')
  }

  #shown(): Subtree {
    const kind = this.#beside[this.#at]
    const length = kind === undefined ? undefined : besideLengths[kind]
    const start = this.#at + 1
    if (length === undefined || start + length > this.#beside.length) throw this.#wrongLength('less')
    this.#at = start + length
    const bytes = this.#beside.subarray(start, this.#at)
    if (kind === besideKinds.empty) return emptySubtree
    if (kind === besideKinds.node) return { count: 2, hash: bytes }
    if (!this.#span.contains(bytes)) throw new ProofError('leaf', 'a leaf beside the range is not in its place')
    return { count: 1, hash: this.#hasher.leaf(bytes) }
  }

  #wrongLength(than: 'more' | 'less'): ProofError {
    return new ProofError('siblings', `${than} beside the range than its paths need`, { bytes: this.#beside.length })
  }
}
