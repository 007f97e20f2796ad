import { tupleOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import type { Crypto } from '../crypto.ts'
import { TreeBuilder } from './tree-builder.ts'
import { type TreeLayout, treeLayout } from './tree-layout.ts'
import { climb, parsePath, type Summand, type TreePath, treePaths } from './tree-path.ts'

/** Proves that a list has a leaf at a position, and how many there are. */
export type ListProof = TreePath

/** Commits a list of byte strings. `name` is the tree's own: visible ASCII, at most 255. */
export class ListTreeBuilder {
  readonly #tree: TreeBuilder

  constructor(crypto: Crypto, name: string) {
    this.#tree = new TreeBuilder(crypto, listLayout(name))
  }

  get count(): number {
    return this.#tree.count
  }

  add(leaf: Uint8Array): void {
    this.#tree.add(leaf, 0, leaf.length, 0)
  }

  /** Adds the leaf `buffer[start, end)`. */
  addSpan(buffer: Uint8Array, start: number, end: number): void {
    this.#tree.add(buffer, start, end, 0)
  }

  /** 32 bytes, over the leaves so far. */
  root(): Uint8Array {
    return this.#tree.root(this.#tree.topLabel())
  }

  /** Starts another tree of the same name in the same buffers. */
  reset(): void {
    this.#tree.reset()
  }
}

export function listRoot(crypto: Crypto, name: string, leaves: readonly Uint8Array[]): Uint8Array {
  const builder = new ListTreeBuilder(crypto, name)
  for (const leaf of leaves) builder.add(leaf)
  return builder.root()
}

/** Throws ProofError (index) if there is no such leaf. */
export function listProof(crypto: Crypto, name: string, leaves: readonly Uint8Array[], index: number): ListProof {
  return treePaths(crypto, listLayout(name), listSummands(leaves), [index])[0]!
}

/** Throws ProofError unless `leaf` stands at `proof.index` among `proof.count` in the list with this root (32 bytes). */
export function verifyListProof(
  crypto: Crypto,
  name: string,
  root: Uint8Array,
  leaf: Uint8Array,
  proof: ListProof,
): void {
  climb(crypto, listLayout(name), root, [leaf, 0], proof)
}

export function listProofValue({ index, count, siblings }: ListProof): Value {
  return [index, count, siblings]
}

/** Throws MalformedError. */
export function parseListProof(value: Value, field = 'proof'): ListProof {
  const [index, count, siblings] = tupleOf(value, field, 3)
  return parsePath(anyListLayout, index, count, siblings, field)
}

export function listLayout(name: string): TreeLayout {
  return treeLayout(name, 'none')
}

export function listSummands(leaves: readonly Uint8Array[]): Summand[] {
  return leaves.map(leaf => [leaf, 0])
}

/** For parsing: the name changes no length. */
const anyListLayout = listLayout('list')
