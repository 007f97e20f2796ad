import { type ByteKey, concat, copyOf, equalBytes } from '../bytes.ts'
import { bytesOf, tupleOf } from '../cbor/fields.ts'
import type { Value } from '../cbor/value.ts'
import type { Crypto } from '../crypto.ts'
import { MalformedError } from '../errors.ts'
import { ProofError } from './proof-error.ts'
import { statePath } from './state-changes.ts'
import { emptyHash, StateHasher } from './state-hasher.ts'
import { childPageKey, entryLength, type PageSource, readChild, readRootPage, rootPageKey } from './state-page.ts'
import { hashLength } from './tree-layout.ts'

/**
 * The way from the root to the place of a key: its leaf, an empty subtree, or the leaf of another key that stands alone below a
 * prefix of both paths.
 */
export interface StateProof {
  /**
   * Bit i, highest first, tells whether the sibling at depth i is given; the others are empty. The deepest one is always given
   * (beside an empty sibling a leaf would stand higher), so the last bit set marks the depth. At most 32 bytes, the last not 0.
   */
  readonly given: Uint8Array
  /** The given siblings' hashes from the root down, 32 bytes each. */
  readonly siblings: Uint8Array
  /** The other key's leaf, if one was met: path and value hash, 64 bytes. */
  readonly other: Uint8Array | null
}

/** Of the key's value or its absence. Throws StatePageError if the source is damaged. */
export function stateProof(crypto: Crypto, source: PageSource, key: ByteKey): StateProof {
  const path = statePath(crypto, key)
  const hasher = new StateHasher(crypto)
  const siblings: Uint8Array[] = []
  let pageKey = rootPageKey
  let page = readRootPage(source)
  let low = 0
  let high = page.size
  for (;;) {
    const count = page.countIn(low, high)
    if (count === 0) return packProof(siblings, null)
    if (page.kind === 'leaf' && count === 1) {
      const entry = copyOf(page.entries, low * entryLength, high * entryLength)
      return packProof(siblings, equalBytes(entry.subarray(0, hashLength), path) ? null : entry)
    }
    if (page.kind === 'inner' && (count === 1 || high - low === 1)) {
      pageKey = childPageKey(pageKey, page.firstChild(low, high))
      page = readChild(source, pageKey, count)
      low = 0
      high = page.size
      continue
    }
    const depth = siblings.length
    const middle = page.splitAt(low, high, depth)
    if (bitOf(path, depth) === 0) {
      siblings.push(hasher.span(page, middle, high, depth + 1))
      high = middle
    } else {
      siblings.push(hasher.span(page, low, middle, depth + 1))
      low = middle
    }
  }
}

function packProof(siblings: readonly Uint8Array[], other: Uint8Array | null): StateProof {
  const given = new Uint8Array(Math.ceil(siblings.length / 8))
  const shown: Uint8Array[] = []
  for (const [depth, sibling] of siblings.entries()) {
    if (equalBytes(sibling, emptyHash)) continue
    given[depth >> 3]! |= 0x80 >> (depth & 7)
    shown.push(sibling)
  }
  return { given, siblings: concat(...shown), other }
}

/**
 * Throws ProofError unless the state with this root (32 bytes) has this value for the key or, with `undefined`, none:
 * `leaf` if the other leaf is out of place, `siblings` for a wrong number of them, `root` if the path leads elsewhere.
 */
export function verifyStateProof(
  crypto: Crypto,
  root: Uint8Array,
  key: ByteKey,
  value: Uint8Array | undefined,
  { given, siblings, other }: StateProof,
): void {
  const path = statePath(crypto, key)
  const hasher = new StateHasher(crypto)
  const depth = depthOf(given)
  let hash = emptyHash
  if (value !== undefined) {
    if (other !== null) throw new ProofError('leaf', "another key's leaf stands in the place of this one")
    hash = hasher.leaf(concat(path, crypto.sha256(value)))
  } else if (other !== null) {
    checkOther(other, path, depth)
    hash = hasher.leaf(other)
  }
  let end = siblings.length
  for (let bit = depth - 1; bit >= 0; bit--) {
    const start = bitOf(given, bit) === 0 ? end : end - hashLength
    if (start < 0) throw new ProofError('siblings', 'fewer siblings than the path needs', { depth })
    const sibling = start === end ? emptyHash : siblings.subarray(start, end)
    hash = bitOf(path, bit) === 0 ? hasher.node(hash, sibling) : hasher.node(sibling, hash)
    end = start
  }
  if (end !== 0) throw new ProofError('siblings', 'more siblings than the path needs', { depth })
  if (!equalBytes(hash, root)) throw new ProofError('root', 'the path leads to another state root')
}

/** Another leaf proves absence only where this key's would have to stand. */
function checkOther(other: Uint8Array, path: Uint8Array, depth: number): void {
  if (other.length !== entryLength || equalBytes(other.subarray(0, hashLength), path)) {
    throw new ProofError('leaf', "the leaf met is not another key's")
  }
  for (let bit = 0; bit < depth; bit++) {
    if (bitOf(other, bit) !== bitOf(path, bit))
      throw new ProofError('leaf', 'the leaf met is not on the path', { depth })
  }
}

/** The bits up to the last one set. */
function depthOf(given: Uint8Array): number {
  let depth = 8 * given.length
  while (depth > 0 && bitOf(given, depth - 1) === 0) depth--
  return depth
}

function bitOf(bytes: Uint8Array, bit: number): number {
  return (bytes[bit >> 3]! >> (7 - (bit & 7))) & 1
}

export function stateProofValue({ given, siblings, other }: StateProof): Value {
  return [given, siblings, other]
}

/** Throws MalformedError. */
export function parseStateProof(value: Value, field = 'proof'): StateProof {
  const [first, second, third] = tupleOf(value, field, 3) as [Value, Value, Value]
  const given = bytesOf(first, `${field}.given`)
  if (given.length > hashLength || given.at(-1) === 0) {
    throw new MalformedError(`${field}.given`, `at most ${hashLength} bytes that end with a set bit`, first)
  }
  const siblings = bytesOf(second, `${field}.siblings`, hashLength * bitsSet(given))
  return { given, siblings, other: third === null ? null : bytesOf(third, `${field}.other`, entryLength) }
}

function bitsSet(bytes: Uint8Array): number {
  let count = 0
  for (let bit = 0; bit < 8 * bytes.length; bit++) count += bitOf(bytes, bit)
  return count
}
