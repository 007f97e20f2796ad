import { type Amount, share } from '../../amount.ts'
import { concat, equalBytes, readU32, utf8, writeU32 } from '../../bytes.ts'
import { encode } from '../../cbor/encode.ts'
import type { Crypto } from '../../crypto.ts'
import { mismatch, ProofError } from '../../merkle/proof-error.ts'
import { TreeBuilder } from '../../merkle/tree-builder.ts'
import { labelSum, sumMaxima } from '../../merkle/tree-layout.ts'
import type { LeafValue, PageAnswer } from './answer.ts'
import { type CommittedTree, layoutOf, treeValue } from './committed-tree.ts'
import { type FoundLeaf, verifyLeaf } from './found-leaf.ts'
import type { ProofReader } from './reader.ts'

/** How long lists are read: whole, or at most so many of their leaves, drawn by a seed that the source can't foresee. */
export type Depth = 'deep' | { readonly sample: number; readonly seed: Uint8Array }

export interface ProvedItem<T> {
  readonly item: T
  readonly index: number
  readonly value: LeafValue
  /** Of all items before it. */
  readonly prefix: LeafValue
}

/** A list whose count and sum are proved, with all of its items or those that were drawn. */
export interface ProvedList<T> {
  readonly count: number
  readonly total: LeafValue
  readonly items: readonly ProvedItem<T>[]
}

export interface ListReader {
  readonly crypto: Crypto
  readonly reader: ProofReader
  readonly epoch: number
  readonly depth: Depth
}

/** Reads the list with this root (32 bytes), as far as `depth` says. Throws ProofError. */
export async function readList<T>(
  from: ListReader,
  tree: CommittedTree,
  root: Uint8Array,
  parse: (leaf: Uint8Array) => T,
): Promise<ProvedList<T>> {
  const { depth, reader, epoch } = from
  if (depth === 'deep') return readWhole(from, tree, root, parse)
  const first = await reader.want(epoch, { type: 'page', tree, from: 0, max: depth.sample })
  reader.takeLeaves(first.leaves.length)
  if (first.leaves.length === first.count) return wholeList(from, tree, root, parse, [first])
  if (first.count <= depth.sample) return readWhole(from, tree, root, parse)
  return drawList(from, tree, root, parse, first.count)
}

/** All of a list, page by page: they make its root, or prove nothing. */
export async function readWhole<T>(
  from: ListReader,
  tree: CommittedTree,
  root: Uint8Array,
  parse: (leaf: Uint8Array) => T,
): Promise<ProvedList<T>> {
  const pages: PageAnswer[] = []
  let read = 0
  for (;;) {
    const page = await from.reader.want(from.epoch, { type: 'page', tree, from: read, max: leavesPerPageMax })
    pages.push(page)
    read += page.leaves.length
    from.reader.takeLeaves(page.leaves.length)
    if (read >= page.count) return wholeList(from, tree, root, parse, pages)
    if (page.leaves.length === 0) throw new ProofError('missing', `a page of ${tree.name} without leaves`)
  }
}

const leavesPerPageMax = 4096

function wholeList<T>(
  { crypto }: ListReader,
  tree: CommittedTree,
  root: Uint8Array,
  parse: (leaf: Uint8Array) => T,
  pages: readonly PageAnswer[],
): ProvedList<T> {
  const layout = layoutOf(tree)
  const builder = new TreeBuilder(crypto, layout)
  const found: { leaf: Uint8Array; index: number; value: LeafValue; prefix: LeafValue }[] = []
  let prefix: LeafValue = layout.width === 'u128' ? 0n : 0
  for (const [leaf, value] of pages.flatMap(({ leaves }) => leaves)) {
    found.push({ leaf, index: found.length, value, prefix })
    prefix = plus(prefix, value)
    if (BigInt(prefix) > sumMaxima[layout.width]) {
      throw new ProofError('overflow', `the sum of tree ${layout.name} outgrows ${layout.width}`)
    }
    builder.add(leaf, 0, leaf.length, value)
  }
  const told = pages.find(({ count }) => count !== found.length)
  if (told !== undefined) throw mismatch('index', `leaves of ${tree.name}`, told.count, found.length)
  const top = builder.topLabel()
  if (!equalBytes(builder.root(top), root)) {
    throw new ProofError('root', `the leaves of ${tree.name} make another root`, { count: found.length })
  }
  // A leaf is read only where it is proved to be one.
  const items = found.map(({ leaf, ...place }) => ({ ...place, item: parse(leaf) }))
  return { count: items.length, total: labelSum(layout, top), items }
}

/** Draws items one by one, each with its path. */
async function drawList<T>(
  from: ListReader,
  tree: CommittedTree,
  root: Uint8Array,
  parse: (leaf: Uint8Array) => T,
  count: number,
): Promise<ProvedList<T>> {
  const { crypto, reader, epoch, depth } = from
  if (depth === 'deep') return readWhole(from, tree, root, parse)
  const indices = drawIndices(crypto, concat(depth.seed, encode(treeValue(tree))), count, depth.sample)
  reader.takeLeaves(indices.length)
  const drawn = await Promise.all(
    indices.map(async index => {
      const found = verifyLeaf(crypto, tree, root, await reader.want(epoch, { type: 'leaf', tree, index }))
      checkPlace(found, index, count)
      return found
    }),
  )
  const items = drawn.map(({ leaf, index, value, prefix }) => ({ item: parse(leaf), index, value, prefix }))
  return { count, total: drawn[0]!.total, items }
}

/** The count was a hint until a path showed it: who said another one chose what can be drawn. */
function checkPlace(found: FoundLeaf, index: number, count: number): void {
  if (found.index !== index || found.count !== count) {
    throw new ProofError('index', `expected leaf ${index} of ${count}, got ${found.index} of ${found.count}`)
  }
}

/** `wanted` different positions below `count`, ascending; the same for the same seed. */
export function drawIndices(crypto: Crypto, seed: Uint8Array, count: number, wanted: number): number[] {
  const drawn = new Set<number>()
  const counter = new Uint8Array(4)
  for (let turn = 0; drawn.size < Math.min(wanted, count); turn++) {
    writeU32(counter, 0, turn)
    const digest = crypto.sha256(concat(utf8('openledger/draw/1'), seed, counter))
    drawn.add(readU32(digest, 0) % count)
  }
  return [...drawn].sort((a, b) => a - b)
}

function plus(a: LeafValue, b: LeafValue): LeafValue {
  return typeof a === 'bigint' || typeof b === 'bigint' ? BigInt(a) + BigInt(b) : a + b
}

/** E3: what an item gets where `amount` is divided by the list's values. */
export function shareOf(
  { total }: Pick<ProvedList<unknown>, 'total'>,
  { prefix, value }: Share,
  amount: Amount,
): Amount {
  if (BigInt(total) === 0n) return 0
  const whole = BigInt(total)
  return share(amount, BigInt(prefix) + BigInt(value), whole) - share(amount, BigInt(prefix), whole)
}

type Share = Pick<ProvedItem<unknown>, 'prefix' | 'value'>
