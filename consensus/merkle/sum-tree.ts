import { fromU128, u128 } from '../bytes.ts'
import { bytesOf, integerOf, tupleOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import type { Crypto } from '../crypto.ts'
import { TreeBuilder } from './tree-builder.ts'
import { labelSum, type TreeLayout, treeLayout } from './tree-layout.ts'
import { climb, parsePath, type TreePath, treePaths } from './tree-path.ts'

/** A tree's own name (visible ASCII, at most 255) and the width of its sums: u64 holds safe integers. */
export interface SumTree<W extends SumTreeWidth = SumTreeWidth> {
  readonly name: string
  readonly width: W
}

export type SumTreeWidth = 'u64' | 'u128'
export type SumOf<W extends SumTreeWidth> = W extends 'u128' ? bigint : number
export type SumLeaf<W extends SumTreeWidth = SumTreeWidth> = readonly [leaf: Uint8Array, value: SumOf<W>]

export interface SumRoot<W extends SumTreeWidth = SumTreeWidth> {
  /** 32 bytes; binds count and sum. */
  readonly hash: Uint8Array
  readonly count: number
  readonly sum: SumOf<W>
}

/** Proves that a leaf with a value stands at a position. */
export interface SumProof<W extends SumTreeWidth = SumTreeWidth> extends TreePath {
  readonly value: SumOf<W>
}

/** What one path shows; E3: `share(amount, prefix + value, total) − share(amount, prefix, total)` is the leaf's part. */
export interface ProvedSum<W extends SumTreeWidth = SumTreeWidth> {
  readonly index: number
  readonly count: number
  readonly value: SumOf<W>
  /** Of all leaves before this one. */
  readonly prefix: SumOf<W>
  /** Of all leaves. */
  readonly total: SumOf<W>
}

/** Commits a list of byte strings with a value each, and the values' sum. */
export class SumTreeBuilder<W extends SumTreeWidth> {
  readonly #layout: TreeLayout
  readonly #tree: TreeBuilder

  constructor(crypto: Crypto, { name, width }: SumTree<W>) {
    this.#layout = treeLayout(name, width)
    this.#tree = new TreeBuilder(crypto, this.#layout)
  }

  get count(): number {
    return this.#tree.count
  }

  /** Throws MalformedError for a value, and InvariantError for a sum, that the width can't hold. */
  add(leaf: Uint8Array, value: SumOf<W>): void {
    this.#tree.add(leaf, 0, leaf.length, value)
  }

  /** Adds the leaf `buffer[start, end)`; throws as `add`. Safe integers serve for u128 as well, without a bigint for each. */
  addSpan(buffer: Uint8Array, start: number, end: number, value: SumOf<W> | number): void {
    this.#tree.add(buffer, start, end, value)
  }

  /** Over the leaves so far; throws InvariantError for a sum that the width can't hold. */
  root(): SumRoot<W> {
    const top = this.#tree.topLabel()
    return { hash: this.#tree.root(top), count: this.#tree.count, sum: labelSum(this.#layout, top) as SumOf<W> }
  }

  /** `root().hash`, without reading the sum. */
  rootHash(): Uint8Array {
    return this.#tree.root(this.#tree.topLabel())
  }

  /** Starts another tree of the same definition in the same buffers. */
  reset(): void {
    this.#tree.reset()
  }
}

export function sumRoot<W extends SumTreeWidth>(
  crypto: Crypto,
  tree: SumTree<W>,
  leaves: readonly SumLeaf<W>[],
): SumRoot<W> {
  const builder = new SumTreeBuilder(crypto, tree)
  for (const [leaf, value] of leaves) builder.add(leaf, value)
  return builder.root()
}

/** Throws ProofError (index) if there is no such leaf. */
export function sumProof<W extends SumTreeWidth>(
  crypto: Crypto,
  tree: SumTree<W>,
  leaves: readonly SumLeaf<W>[],
  index: number,
): SumProof<W> {
  const path = treePaths(crypto, sumLayout(tree), leaves, [index])[0]!
  return { ...path, value: leaves[index]![1] }
}

/** Throws ProofError unless `leaf` stands with `proof.value` at `proof.index` in the tree with this root (32 bytes). */
export function verifySumProof<W extends SumTreeWidth>(
  crypto: Crypto,
  tree: SumTree<W>,
  root: Uint8Array,
  leaf: Uint8Array,
  proof: SumProof<W>,
): ProvedSum<W> {
  const { index, count, value } = proof
  const { prefix, total } = climb(crypto, sumLayout(tree), root, [leaf, value], proof)
  return { index, count, value, prefix: prefix as SumOf<W>, total: total as SumOf<W> }
}

export function sumProofValue({ index, count, value, siblings }: SumProof): Value {
  return [index, count, typeof value === 'bigint' ? u128(value) : value, siblings]
}

/** Throws MalformedError. */
export function parseSumProof<W extends SumTreeWidth>(tree: SumTree<W>, encoded: Value, field = 'proof'): SumProof<W> {
  const [index, count, value, siblings] = tupleOf(encoded, field, 4)
  return {
    ...parsePath(sumLayout(tree), index, count, siblings, field),
    value: parseSum(tree.width, value, `${field}.value`) as SumOf<W>,
  }
}

function parseSum(width: SumTreeWidth, value: Value | undefined, field: string): number | bigint {
  if (width === 'u128') return fromU128(bytesOf(value, field, 16))
  return integerOf(value, field, 0, Number.MAX_SAFE_INTEGER)
}

export function sumLayout({ name, width }: SumTree): TreeLayout {
  return treeLayout(name, width)
}
