import { type ByteKey, compareBytes, equalBytes, fromKey } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { StateHasher } from './state-hasher.ts'
import {
  childPageKey,
  emptyPage,
  entryLength,
  InnerPage,
  LeafPage,
  leafPageMax,
  type PageSource,
  pageDepth,
  parsePage,
  readChild,
  rootPageKey,
  StatePageError,
} from './state-page.ts'
import { hashLength } from './tree-layout.ts'

/** A state key with its new value, or null to remove it. */
export type StateChange = readonly [key: ByteKey, value: Uint8Array | null]

export interface StateUpdate {
  /** 32 bytes; 32 zeros if nothing is left. */
  readonly root: Uint8Array
  /** The pages to write; null to remove one. Pages that stay as they are aren't among them. */
  readonly pages: Map<ByteKey, Uint8Array | null>
}

/**
 * The root and the pages of the state tree after some changes. Reads only pages on the changed paths and the siblings that a
 * shrinking page takes in. Of several changes of one key the last counts. Throws StatePageError if the source is damaged.
 */
export function updateStateTree(crypto: Crypto, source: PageSource, changes: Iterable<StateChange>): StateUpdate {
  const update = new TreeUpdate(crypto, source)
  const subtree = update.apply(rootPageKey, source.get(rootPageKey), pathChanges(crypto, changes))
  update.commit(rootPageKey, subtree)
  return { root: subtree.hash, pages: update.pages }
}

/** 32 bytes, over the tree as it is stored. */
export function stateRoot(crypto: Crypto, source: PageSource): Uint8Array {
  return updateStateTree(crypto, source, []).root
}

export function statePath(crypto: Crypto, key: ByteKey): Uint8Array {
  return crypto.sha256(fromKey(key))
}

interface PathChange {
  /** SHA-256 of the key. */
  readonly path: Uint8Array
  /** SHA-256 of the value; null removes the leaf. */
  readonly valueHash: Uint8Array | null
}

/** A subtree after its changes, before its parent decided whether it keeps a page of its own. */
interface Subtree {
  readonly count: number
  readonly hash: Uint8Array
  /** Null without leaves. */
  readonly page: LeafPage | InnerPage | null
  /** The page's bytes before. */
  readonly former: Uint8Array | undefined
}

/** Sorted by path, each path once. */
function pathChanges(crypto: Crypto, changes: Iterable<StateChange>): PathChange[] {
  const sorted: PathChange[] = []
  for (const [key, value] of changes) {
    sorted.push({ path: statePath(crypto, key), valueHash: value && crypto.sha256(value) })
  }
  sorted.sort((a, b) => compareBytes(a.path, b.path))
  // The sort is stable: of equal paths the last is the newest.
  return sorted.filter((change, i) => i + 1 === sorted.length || !equalBytes(change.path, sorted[i + 1]!.path))
}

class TreeUpdate {
  readonly pages = new Map<ByteKey, Uint8Array | null>()
  readonly #source: PageSource
  readonly #hasher: StateHasher

  constructor(crypto: Crypto, source: PageSource) {
    this.#source = source
    this.#hasher = new StateHasher(crypto)
  }

  /** `changes` lie below this page's prefix. */
  apply(key: ByteKey, former: Uint8Array | undefined, changes: readonly PathChange[]): Subtree {
    const page = former === undefined ? emptyPage : parsePage(key, former)
    if (page.kind === 'inner') return this.#applyToChildren(key, former, page, changes)
    return this.#grow(key, former, mergeEntries(page.entries, changes))
  }

  commit(key: ByteKey, { page, former }: Subtree): void {
    const bytes = page?.encode() ?? null
    if (bytes === null ? former === undefined : former !== undefined && equalBytes(bytes, former)) return
    this.pages.set(key, bytes)
  }

  #applyToChildren(
    key: ByteKey,
    former: Uint8Array | undefined,
    page: InnerPage,
    changes: readonly PathChange[],
  ): Subtree {
    const touched = new Map<number, Subtree>()
    for (const [byte, group] of groupByByte(changes, pageDepth(key))) {
      const childKey = childPageKey(key, byte)
      const child = this.apply(childKey, page.counts[byte] === 0 ? undefined : this.#read(childKey), group)
      page.setChild(byte, child.count, child.hash)
      touched.set(byte, child)
    }
    if (page.countIn(0, page.size) <= leafPageMax) return this.#shrink(key, former, page, touched)
    for (const [byte, child] of touched) this.commit(childPageKey(key, byte), child)
    return this.#subtree(key, former, page)
  }

  /** Takes the few leaves that are left below an inner page into the page itself. */
  #shrink(
    key: ByteKey,
    former: Uint8Array | undefined,
    page: InnerPage,
    touched: ReadonlyMap<number, Subtree>,
  ): Subtree {
    const entries = new Uint8Array(page.countIn(0, page.size) * entryLength)
    let at = 0
    for (let byte = 0; byte < page.size; byte++) {
      const changed = touched.get(byte)
      if (changed === undefined && page.counts[byte] === 0) continue
      const childKey = childPageKey(key, byte)
      const child = changed === undefined ? readChild(this.#source, childKey, page.counts[byte]!) : changed.page
      if (changed === undefined || changed.former !== undefined) this.pages.set(childKey, null)
      if (child === null) continue
      // So few leaves stand in leaf pages.
      if (child.kind !== 'leaf') throw new StatePageError(childKey, 'wrong')
      entries.set(child.entries, at)
      at += child.entries.length
    }
    return this.#grow(key, former, entries)
  }

  /** A page for these leaves; too many for one become an inner page with new children. */
  #grow(key: ByteKey, former: Uint8Array | undefined, entries: Uint8Array): Subtree {
    const leaves = new LeafPage(entries)
    if (leaves.size <= leafPageMax) return this.#subtree(key, former, leaves)
    const page = new InnerPage()
    for (const [byte, group] of splitByByte(entries, pageDepth(key))) {
      const childKey = childPageKey(key, byte)
      const child = this.#grow(childKey, undefined, group)
      page.setChild(byte, child.count, child.hash)
      this.commit(childKey, child)
    }
    return this.#subtree(key, former, page)
  }

  #subtree(key: ByteKey, former: Uint8Array | undefined, page: LeafPage | InnerPage): Subtree {
    const count = page.countIn(0, page.size)
    return { count, hash: this.#hasher.page(page, 8 * pageDepth(key)), page: count === 0 ? null : page, former }
  }

  #read(key: ByteKey): Uint8Array {
    const bytes = this.#source.get(key)
    if (bytes === undefined) throw new StatePageError(key, 'missing')
    return bytes
  }
}

function* groupByByte(changes: readonly PathChange[], depth: number): Generator<[byte: number, PathChange[]]> {
  for (let start = 0, end = 0; start < changes.length; start = end) {
    const byte = changes[start]!.path[depth]!
    while (end < changes.length && changes[end]!.path[depth] === byte) end++
    yield [byte, changes.slice(start, end)]
  }
}

function* splitByByte(entries: Uint8Array, depth: number): Generator<[byte: number, Uint8Array]> {
  for (let start = 0, end = 0; start < entries.length; start = end) {
    const byte = entries[start + depth]!
    while (end < entries.length && entries[end + depth] === byte) end += entryLength
    yield [byte, entries.subarray(start, end)]
  }
}

/** Both sides are sorted by path; so is what comes out. */
function mergeEntries(entries: Uint8Array, changes: readonly PathChange[]): Uint8Array {
  const merged = new Uint8Array(entries.length + changes.length * entryLength)
  let at = 0
  let kept = 0
  for (const { path, valueHash } of changes) {
    const start = kept
    while (kept < entries.length && comparePath(entries, kept, path) < 0) kept += entryLength
    merged.set(entries.subarray(start, kept), at)
    at += kept - start
    if (kept < entries.length && comparePath(entries, kept, path) === 0) kept += entryLength
    if (valueHash === null) continue
    merged.set(path, at)
    merged.set(valueHash, at + hashLength)
    at += entryLength
  }
  merged.set(entries.subarray(kept), at)
  return merged.subarray(0, at + entries.length - kept)
}

function comparePath(entries: Uint8Array, offset: number, path: Uint8Array): number {
  for (let i = 0; i < hashLength; i++) {
    const difference = entries[offset + i]! - path[i]!
    if (difference !== 0) return difference
  }
  return 0
}
