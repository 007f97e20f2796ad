import type { ByteKey } from '../bytes.ts'
import { bytesOf, tupleOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import type { Crypto } from '../crypto.ts'
import { InvariantError } from '../errors.ts'
import { type ListProof, listLayout, listProofValue, listSummands, parseListProof } from './list-tree.ts'
import { ProofError } from './proof-error.ts'
import {
  parseSumProof,
  type SumLeaf,
  type SumProof,
  type SumTree,
  type SumTreeWidth,
  sumLayout,
  sumProofValue,
} from './sum-tree.ts'
import type { TreeLayout } from './tree-layout.ts'
import { checkEmptyRoot, climb, type Summand, type TreePath, treePaths } from './tree-path.ts'

/** The key that a tree's leaves are sorted by, strictly ascending. May throw MalformedError for a leaf that has none. */
export type KeyOf = (leaf: Uint8Array) => ByteKey

/** A leaf beside the gap, with its proof. */
export interface Neighbour<Proof> {
  readonly leaf: Uint8Array
  readonly proof: Proof
}

/**
 * Proves that a sorted tree has no leaf with a key: the leaves before and after the gap stand side by side. At an end of the
 * tree one of them is null, in an empty tree both.
 */
export interface Absence<Proof> {
  readonly before: Neighbour<Proof> | null
  readonly after: Neighbour<Proof> | null
}

/** Of the leaf with this key; `found` is false where it would stand at `index`. */
export function findLeaf(
  leafAt: (index: number) => Uint8Array,
  count: number,
  keyOf: KeyOf,
  key: ByteKey,
): { index: number; found: boolean } {
  let low = 0
  let high = count
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (keyOf(leafAt(middle)) < key) low = middle + 1
    else high = middle
  }
  return { index: low, found: low < count && keyOf(leafAt(low)) === key }
}

/** Throws InvariantError if there is a leaf with this key. */
export function listAbsence(
  crypto: Crypto,
  name: string,
  leaves: readonly Uint8Array[],
  keyOf: KeyOf,
  key: ByteKey,
): Absence<ListProof> {
  return absence(crypto, listLayout(name), listSummands(leaves), keyOf, key, path => path)
}

/** Throws InvariantError if there is a leaf with this key. */
export function sumAbsence<W extends SumTreeWidth>(
  crypto: Crypto,
  tree: SumTree<W>,
  leaves: readonly SumLeaf<W>[],
  keyOf: KeyOf,
  key: ByteKey,
): Absence<SumProof<W>> {
  return absence(crypto, sumLayout(tree), leaves, keyOf, key, path => ({ ...path, value: leaves[path.index]![1] }))
}

function absence<Proof>(
  crypto: Crypto,
  layout: TreeLayout,
  leaves: readonly Summand[],
  keyOf: KeyOf,
  key: ByteKey,
  proofOf: (path: TreePath) => Proof,
): Absence<Proof> {
  const { index: gap, found } = findLeaf(index => leaves[index]![0], leaves.length, keyOf, key)
  if (found) throw new InvariantError('absence', `tree ${layout.name} has a leaf with this key`, { index: gap })
  const beside = [gap - 1, gap].filter(index => index >= 0 && index < leaves.length)
  const neighbours = treePaths(crypto, layout, leaves, beside).map(path => ({
    leaf: leaves[path.index]![0],
    proof: proofOf(path),
  }))
  return {
    before: gap > 0 ? neighbours[0]! : null,
    after: gap < leaves.length ? neighbours.at(-1)! : null,
  }
}

/** Throws ProofError unless the list with this root (32 bytes), sorted by `keyOf`, has no leaf with this key. */
export function verifyListAbsence(
  crypto: Crypto,
  name: string,
  root: Uint8Array,
  keyOf: KeyOf,
  key: ByteKey,
  proof: Absence<ListProof>,
): void {
  verifyAbsence(crypto, listLayout(name), root, keyOf, key, proof, () => 0)
}

/** Throws ProofError unless the tree with this root (32 bytes), sorted by `keyOf`, has no leaf with this key. */
export function verifySumAbsence<W extends SumTreeWidth>(
  crypto: Crypto,
  tree: SumTree<W>,
  root: Uint8Array,
  keyOf: KeyOf,
  key: ByteKey,
  proof: Absence<SumProof<W>>,
): void {
  verifyAbsence(crypto, sumLayout(tree), root, keyOf, key, proof, ({ value }) => value)
}

/** Of a tree of either kind; throws ProofError. */
export function verifyAbsence<Proof extends TreePath>(
  crypto: Crypto,
  layout: TreeLayout,
  root: Uint8Array,
  keyOf: KeyOf,
  key: ByteKey,
  { before, after }: Absence<Proof>,
  leafValue: (proof: Proof) => number | bigint,
): void {
  if (before === null && after === null) {
    checkEmptyRoot(crypto, layout, root)
    return
  }
  checkNeighbours(before?.proof, after?.proof)
  // A key is read only from a leaf that is proved to be in the tree.
  for (const neighbour of [before, after]) {
    if (neighbour !== null) climb(crypto, layout, root, [neighbour.leaf, leafValue(neighbour.proof)], neighbour.proof)
  }
  const isAfterBefore = before === null || keyOf(before.leaf) < key
  const isBeforeAfter = after === null || key < keyOf(after.leaf)
  if (!isAfterBefore || !isBeforeAfter) throw new ProofError('order', 'the key does not lie between the neighbours')
}

/** The counts need no comparison: both paths lead to one root, which binds it. */
function checkNeighbours(before: TreePath | undefined, after: TreePath | undefined): void {
  const gap = before === undefined ? 0 : before.index + 1
  const fits = after === undefined ? gap === before?.count : gap === after.index
  if (!fits) throw new ProofError('neighbours', 'the leaves do not stand side by side', { gap })
}

export function listAbsenceValue(proof: Absence<ListProof>): Value {
  return absenceValue(proof, listProofValue)
}

export function sumAbsenceValue(proof: Absence<SumProof>): Value {
  return absenceValue(proof, sumProofValue)
}

function absenceValue<Proof>({ before, after }: Absence<Proof>, proofValue: (proof: Proof) => Value): Value {
  return [before, after].map(neighbour => neighbour && [neighbour.leaf, proofValue(neighbour.proof)])
}

/** Throws MalformedError. */
export function parseListAbsence(value: Value, field = 'absence'): Absence<ListProof> {
  return parseAbsence(value, field, parseListProof)
}

/** Throws MalformedError. */
export function parseSumAbsence<W extends SumTreeWidth>(
  tree: SumTree<W>,
  value: Value,
  field = 'absence',
): Absence<SumProof<W>> {
  return parseAbsence(value, field, (proof, at) => parseSumProof(tree, proof, at))
}

function parseAbsence<Proof>(
  value: Value,
  field: string,
  parseProof: (value: Value, field: string) => Proof,
): Absence<Proof> {
  const [before, after] = tupleOf(value, field, 2) as [Value, Value]
  const parseNeighbour = (neighbour: Value, at: string): Neighbour<Proof> | null => {
    if (neighbour === null) return null
    const [leaf, proof] = tupleOf(neighbour, at, 2) as [Value, Value]
    return { leaf: bytesOf(leaf, `${at}.leaf`), proof: parseProof(proof, `${at}.proof`) }
  }
  return { before: parseNeighbour(before, `${field}.before`), after: parseNeighbour(after, `${field}.after`) }
}
