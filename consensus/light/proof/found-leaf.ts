import type { ByteKey } from '../../bytes.ts'
import type { Crypto } from '../../crypto.ts'
import { type Absence, verifyAbsence } from '../../merkle/absence.ts'
import { ProofError } from '../../merkle/proof-error.ts'
import { climb } from '../../merkle/tree-path.ts'
import type { FindAnswer, LeafProof, LeafValue, ProvableLeaf } from './answer.ts'
import { type CommittedTree, isSorted, keyOf, layoutOf } from './committed-tree.ts'

/** A leaf that is proved to stand in a tree, with what its path shows besides. Sums are 0 in a list. */
export interface FoundLeaf {
  readonly leaf: Uint8Array
  readonly index: number
  readonly count: number
  readonly value: LeafValue
  /** Of all leaves before it. */
  readonly prefix: LeafValue
  /** Of all leaves. */
  readonly total: LeafValue
}

/** Throws ProofError unless the leaf stands in the tree with this root (32 bytes). */
export function verifyLeaf(
  crypto: Crypto,
  tree: CommittedTree,
  root: Uint8Array,
  { leaf, proof }: ProvableLeaf,
): FoundLeaf {
  const { index, count, value } = proof
  return { leaf, index, count, value, ...climb(crypto, layoutOf(tree), root, [leaf, value], proof) }
}

/** The leaf with this key; undefined where it is proved that there is none. Throws ProofError for anything else. */
export function verifyFound(
  crypto: Crypto,
  tree: CommittedTree,
  root: Uint8Array,
  key: ByteKey,
  answer: FindAnswer,
): FoundLeaf | undefined {
  const leafKey = keyOf(tree)
  if (leafKey === undefined) throw new ProofError('key', `leaves of ${tree.name} have no key`)
  if (!('leaf' in answer)) {
    checkAbsence(crypto, tree, root, key, answer)
    return undefined
  }
  const found = verifyLeaf(crypto, tree, root, answer)
  if (leafKey(found.leaf) !== key) throw new ProofError('key', `the leaf of ${tree.name} has another key`)
  return found
}

function checkAbsence(
  crypto: Crypto,
  tree: CommittedTree,
  root: Uint8Array,
  key: ByteKey,
  absence: Absence<LeafProof>,
): void {
  if (!isSorted(tree))
    throw new ProofError('order', `two neighbours prove no absence from ${tree.name}: it isn't sorted`)
  verifyAbsence(crypto, layoutOf(tree), root, keyOf(tree)!, key, absence, ({ value }) => value)
}
