/** The trees of DESIGN section 4 as recursive definitions, slow and plain: they judge the streaming and paged ones. */
import { createHash } from 'node:crypto'

export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export interface NaiveLeaf {
  readonly bytes: Uint8Array
  readonly value: bigint
}

export interface NaiveNode {
  readonly hash: Buffer
  readonly sum: bigint
}

/** `sumLength` 0 for a list; an empty domain gives the tree of RFC 6962, section 2.1, without its root. */
export interface NaiveTree {
  readonly domain: Buffer
  readonly sumLength: 0 | 8 | 16
}

export function naiveTree(name: string, sumLength: 0 | 8 | 16): NaiveTree {
  return { domain: Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'ascii')]), sumLength }
}

export function naiveTop(tree: NaiveTree, leaves: readonly NaiveLeaf[]): NaiveNode {
  const [first] = leaves
  if (first === undefined) return { hash: Buffer.alloc(32), sum: 0n }
  if (leaves.length === 1) {
    return { hash: sha256('\x00', tree.domain, bigEndian(first.value, tree.sumLength), first.bytes), sum: first.value }
  }
  const split = largestPowerBelow(leaves.length)
  const left = naiveTop(tree, leaves.slice(0, split))
  const right = naiveTop(tree, leaves.slice(split))
  const labels = [left, right].flatMap(({ hash, sum }) => [hash, bigEndian(sum, tree.sumLength)])
  return { hash: sha256('\x01', tree.domain, ...labels), sum: left.sum + right.sum }
}

export function naiveRoot(tree: NaiveTree, leaves: readonly NaiveLeaf[]): Buffer {
  const { hash, sum } = naiveTop(tree, leaves)
  return sha256('\x02', tree.domain, bigEndian(BigInt(leaves.length), 8), bigEndian(sum, tree.sumLength), hash)
}

function largestPowerBelow(count: number): number {
  let power = 1
  while (power * 2 < count) power *= 2
  return power
}

function bigEndian(value: bigint, length: number): Buffer {
  return Buffer.from(length === 0 ? '' : value.toString(16).padStart(2 * length, '0'), 'hex')
}

/** A leaf of the state: path (32 bytes) and value. */
export type NaiveEntry = readonly [path: Uint8Array, value: Uint8Array]

export function naiveStateRoot(entries: readonly NaiveEntry[], depth = 0): Buffer {
  const [first] = entries
  if (first === undefined) return Buffer.alloc(32)
  if (entries.length === 1) return sha256('\x00', first[0], sha256(first[1]))
  const side = (bit: number) => entries.filter(([path]) => pathBit(path, depth) === bit)
  return sha256('\x01', naiveStateRoot(side(0), depth + 1), naiveStateRoot(side(1), depth + 1))
}

function pathBit(path: Uint8Array, depth: number): number {
  return (path[Math.floor(depth / 8)]! >> (7 - (depth % 8))) % 2
}
