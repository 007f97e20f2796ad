import type { ByteKey } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { type Absence, findLeaf, type KeyOf, type Neighbour } from './absence.ts'
import type { TreeLayout } from './tree-layout.ts'
import { leafLabels, raisedLabels, type Summand, type TreePath } from './tree-path.ts'

/**
 * A tree with all its labels kept: a path is read off in log n steps, where `treePaths` hashes every leaf again. For who proves much
 * of one tree.
 */
export class TreeLevels {
  readonly leaves: readonly Summand[]
  readonly #layout: TreeLayout
  /** Labels per level, from the leaves up. */
  readonly #levels: Uint8Array[] = []

  constructor(crypto: Crypto, layout: TreeLayout, leaves: readonly Summand[]) {
    this.leaves = leaves
    this.#layout = layout
    let labels = leafLabels(crypto, layout, leaves)
    for (let width = leaves.length; width > 1; width = (width + 1) >>> 1) {
      this.#levels.push(labels)
      labels = raisedLabels(crypto, layout, labels, width)
    }
  }

  get count(): number {
    return this.leaves.length
  }

  /** What it holds in memory beside its leaves. */
  get bytes(): number {
    return this.#levels.reduce((sum, labels) => sum + labels.length, 0)
  }

  /** `index` below `count`. */
  path(index: number): TreePath {
    const { labelLength } = this.#layout
    const siblings = new Uint8Array(this.#levels.length * labelLength)
    let length = 0
    this.#levels.forEach((labels, level) => {
      const at = ((index >>> level) ^ 1) * labelLength
      if (at >= labels.length) return
      siblings.set(labels.subarray(at, at + labelLength), length)
      length += labelLength
    })
    return { index, count: this.count, siblings: siblings.subarray(0, length) }
  }

  /** Where the leaf with this key stands; `found` is false where it would stand there. The leaves are sorted by `keyOf`. */
  find(keyOf: KeyOf, key: ByteKey): { index: number; found: boolean } {
    return findLeaf(index => this.leaves[index]![0], this.count, keyOf, key)
  }

  /** That no leaf stands between `gap − 1` and `gap`. */
  absence<Proof>(gap: number, proofOf: (path: TreePath) => Proof): Absence<Proof> {
    const neighbour = (index: number): Neighbour<Proof> | null => {
      const leaf = this.leaves[index]?.[0]
      return leaf === undefined ? null : { leaf, proof: proofOf(this.path(index)) }
    }
    return { before: neighbour(gap - 1), after: neighbour(gap) }
  }
}
