import { type ByteKey, fromKey, toKey } from '../../../consensus/bytes.ts'
import type { Crypto } from '../../../consensus/crypto.ts'
import type { StateChange } from '../../../consensus/merkle/state-changes.ts'
import { type PageFault, StatePageError } from '../../../consensus/merkle/state-page.ts'
import { updateStateTree } from '../../../consensus/merkle/state-tree.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { randomFrom } from '../../sim/random.ts'
import { naiveStateRoot } from './naive-trees.ts'

/** A state in memory: the pages as a store keeps them, and beside them the plain map that they commit. */
export class StoredState {
  readonly crypto: Crypto
  readonly pages = new Map<ByteKey, Uint8Array>()
  readonly values = new Map<ByteKey, Uint8Array>()
  readonly read: ByteKey[] = []
  root: Uint8Array = new Uint8Array(32)

  constructor(crypto: Crypto = nativeCrypto) {
    this.crypto = crypto
  }

  /** As PageSource; notes what is read. */
  get(key: ByteKey): Uint8Array | undefined {
    this.read.push(key)
    return this.pages.get(key)
  }

  /** Applies the changes and returns the pages that were written. */
  update(changes: readonly StateChange[]): Map<ByteKey, Uint8Array | null> {
    this.read.length = 0
    const { root, pages } = updateStateTree(this.crypto, this, changes)
    for (const [key, value] of changes) {
      if (value === null) this.values.delete(key)
      else this.values.set(key, value)
    }
    for (const [key, bytes] of pages) {
      if (bytes === null) this.pages.delete(key)
      else this.pages.set(key, bytes)
    }
    this.root = root
    return pages
  }

  /** By the recursive definition. */
  definedRoot(): Uint8Array {
    return naiveStateRoot([...this.values].map(([key, value]) => [this.crypto.sha256(fromKey(key)), value] as const))
  }

  /** The same values, stored at once in another order. */
  rebuilt(): StoredState {
    const other = new StoredState(this.crypto)
    other.update([...this.values].reverse())
    return other
  }
}

const chosen = 0xff

/** Paths of one's choice: SHA-256 as it is, but a key made by `keyWithPath` hashes to its path. */
export const chosenPaths: Crypto = {
  ...nativeCrypto,
  sha256(bytes) {
    return isChosen(bytes) ? bytes.slice(1) : nativeCrypto.sha256(bytes)
  },
  sha256Into(bytes, target, offset) {
    if (isChosen(bytes)) target.set(bytes.subarray(1), offset)
    else nativeCrypto.sha256Into(bytes, target, offset)
  },
}

function isChosen(bytes: Uint8Array): boolean {
  return bytes.length === 33 && bytes[0] === chosen
}

export function keyWithPath(path: Uint8Array): ByteKey {
  return toKey(Uint8Array.of(chosen, ...path))
}

/** Distinct keys whose paths share from 0 up to 255 bits, most of them in a few crowds. */
export function crowdedKeys(count: number, seed: number): ByteKey[] {
  const random = randomFrom(seed)
  const fresh = (from: number) => Uint8Array.from({ length: 32 - from }, () => random.below(256))
  const crowds = [1, 2, 15, 30, 31].map(shared => fresh(0).subarray(0, shared))
  const keys = new Set<ByteKey>()
  while (keys.size < count) {
    const prefix = random.chance(0.2) ? new Uint8Array(0) : random.pick(crowds)
    const path = Uint8Array.of(...prefix, ...fresh(prefix.length))
    keys.add(keyWithPath(path))
    if (random.chance(0.2)) {
      path[31]! ^= 1
      keys.add(keyWithPath(path))
    }
  }
  return [...keys].slice(0, count)
}

export function numberedKeys(count: number): ByteKey[] {
  return Array.from({ length: count }, (_, i) => `account ${i}`)
}

export function numberedValue(number: number): Uint8Array {
  return Buffer.from(`value ${number}`)
}

/** The page and the fault that stop `run`. */
export function pageFault(run: () => unknown): [page: ByteKey, fault: PageFault] | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof StatePageError) return [error.page, error.fault]
    throw error
  }
}
