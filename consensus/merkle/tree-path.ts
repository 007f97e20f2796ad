import { copyOf, equalBytes } from '../bytes.ts'
import { bytesOf, integerOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import type { Crypto } from '../crypto.ts'
import { MalformedError } from '../errors.ts'
import { LeafMessage } from './leaf-message.ts'
import { ProofError } from './proof-error.ts'
import {
  labelSum,
  leafCountMax,
  levelsMax,
  newNodeMessage,
  outgrown,
  rootHash,
  type TreeLayout,
  writeNodeLabel,
} from './tree-layout.ts'

/** The way from a leaf to the root. */
export interface TreePath {
  /** Of the leaf, from 0. */
  readonly index: number
  /** Of all leaves; the root binds it. */
  readonly count: number
  /** The labels of the siblings, from the leaf up: 32, 40 or 48 bytes each. */
  readonly siblings: Uint8Array
}

/** What a path proves besides the leaf. Sums are 0 in a tree without. */
export interface Climbed {
  /** Of all leaves before this one. */
  readonly prefix: number | bigint
  /** Of all leaves. */
  readonly total: number | bigint
}

/** A leaf with what it adds to the sum. */
export type Summand = readonly [leaf: Uint8Array, value: number | bigint]

/** The paths of the leaves at `indices`, in that order, from one pass over all leaves. */
export function treePaths(
  crypto: Crypto,
  layout: TreeLayout,
  leaves: readonly Summand[],
  indices: readonly number[],
): TreePath[] {
  const count = leaves.length
  for (const index of indices) checkPosition(index, count)
  const labels = leafLabels(crypto, layout, leaves)
  const found: Uint8Array[][] = indices.map(() => [])
  for (let level = 0, width = count; width > 1; level++, width = (width + 1) >>> 1) {
    for (let i = 0; i < indices.length; i++) {
      const sibling = (indices[i]! >>> level) ^ 1
      if (sibling < width) found[i]!.push(copyOf(labelAt(layout, labels, sibling)))
    }
    raise(crypto, layout, labels, width)
  }
  return indices.map((index, i) => ({ index, count, siblings: joined(layout, found[i]!) }))
}

/** Of all leaves, one behind the other. */
export function leafLabels(crypto: Crypto, layout: TreeLayout, leaves: readonly Summand[]): Uint8Array {
  const labels = new Uint8Array(leaves.length * layout.labelLength)
  const message = new LeafMessage(crypto, layout)
  for (let i = 0; i < leaves.length; i++) {
    const [leaf, value] = leaves[i]!
    message.writeLabel(leaf, 0, leaf.length, value, labels, i * layout.labelLength)
  }
  return labels
}

/** The labels of the next level. */
export function raisedLabels(crypto: Crypto, layout: TreeLayout, labels: Uint8Array, width: number): Uint8Array {
  const raised = copyOf(labels)
  raise(crypto, layout, raised, width)
  return copyOf(raised, 0, ((width + 1) >>> 1) * layout.labelLength)
}

/** Replaces one level's labels by the next one's. A last one without sibling rises as it is: RFC 6962's shape, seen from below. */
function raise(crypto: Crypto, layout: TreeLayout, labels: Uint8Array, width: number): void {
  const { labelLength, bodyOffset } = layout
  const message = newNodeMessage(layout)
  for (let left = 0; left + 1 < width; left += 2) {
    message.set(labels.subarray(left * labelLength, (left + 2) * labelLength), bodyOffset)
    if (!writeNodeLabel(crypto, layout, message, labels, (left / 2) * labelLength)) throw outgrown(layout)
  }
  if (width % 2 === 1)
    labels.copyWithin(((width - 1) / 2) * labelLength, (width - 1) * labelLength, width * labelLength)
}

function labelAt({ labelLength }: TreeLayout, labels: Uint8Array, position: number): Uint8Array {
  return labels.subarray(position * labelLength, (position + 1) * labelLength)
}

function joined({ labelLength }: TreeLayout, labels: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(labels.length * labelLength)
  for (let i = 0; i < labels.length; i++) bytes.set(labels[i]!, i * labelLength)
  return bytes
}

/**
 * Climbs from a leaf to the root and throws ProofError (index, siblings, overflow or root) unless it is `root`. Throws MalformedError for a value that the tree can't hold.
 */
export function climb(
  crypto: Crypto,
  layout: TreeLayout,
  root: Uint8Array,
  [leaf, value]: Summand,
  { index, count, siblings }: TreePath,
): Climbed {
  checkPosition(index, count)
  const { labelLength, bodyOffset } = layout
  const message = newNodeMessage(layout)
  const label = new Uint8Array(labelLength)
  new LeafMessage(crypto, layout).writeLabel(leaf, 0, leaf.length, value, label, 0)
  let prefix = 0n
  let used = 0
  for (let position = index, last = count - 1; last > 0; position >>>= 1, last >>>= 1) {
    const isRight = (position & 1) === 1
    if (!isRight && position === last) continue
    const sibling = labelAt(layout, siblings, used++)
    if (sibling.length !== labelLength) throw wrongSiblings(index, count)
    message.set(sibling, isRight ? bodyOffset : bodyOffset + labelLength)
    message.set(label, isRight ? bodyOffset + labelLength : bodyOffset)
    if (isRight) prefix += BigInt(labelSum(layout, sibling))
    if (!writeNodeLabel(crypto, layout, message, label, 0)) {
      throw new ProofError('overflow', `the sum of tree ${layout.name} outgrows ${layout.width}`)
    }
  }
  if (used * labelLength !== siblings.length) throw wrongSiblings(index, count)
  checkRoot(rootHash(crypto, layout, count, label), root, layout)
  return { prefix: layout.width === 'u128' ? prefix : Number(prefix), total: labelSum(layout, label) }
}

/** Throws ProofError unless `root` is that of the tree without leaves. */
export function checkEmptyRoot(crypto: Crypto, layout: TreeLayout, root: Uint8Array): void {
  checkRoot(rootHash(crypto, layout, 0, new Uint8Array(layout.labelLength)), root, layout)
}

/** Throws ProofError unless the leaf at `index` exists among `count`. */
function checkPosition(index: number, count: number): void {
  if (index >= count) throw new ProofError('index', `no leaf ${index} among ${count}`, { index, count })
}

function checkRoot(reached: Uint8Array, root: Uint8Array, { name }: TreeLayout): void {
  if (!equalBytes(reached, root))
    throw new ProofError('root', `the path in tree ${name} leads to another root`, { name })
}

function wrongSiblings(index: number, count: number): ProofError {
  return new ProofError('siblings', `not the siblings of leaf ${index} among ${count}`, { index, count })
}

/** The parts of an encoded path. Bounds the number of siblings; whether they fit the position is for `climb` to see. */
export function parsePath(
  { labelLength }: TreeLayout,
  index: Value | undefined,
  count: Value | undefined,
  siblings: Value | undefined,
  field: string,
): TreePath {
  const labels = bytesOf(siblings, `${field}.siblings`)
  if (labels.length % labelLength !== 0 || labels.length > levelsMax * labelLength) {
    throw new MalformedError(`${field}.siblings`, `at most ${levelsMax} labels of ${labelLength} bytes`, siblings)
  }
  return {
    index: integerOf(index, `${field}.index`, 0, leafCountMax - 1),
    count: integerOf(count, `${field}.count`, 1, leafCountMax),
    siblings: labels,
  }
}
