import { type ByteKey, equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { type PathChanges, type StateChange, sortByPath } from './state-changes.ts'
import { StateHasher } from './state-hasher.ts'
import {
  childPageKey,
  comparePaths,
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
  const sorted = sortByPath(crypto, changes)
  const update = new TreeUpdate(crypto, source, sorted)
  const subtree = update.apply(rootPageKey, source.get(rootPageKey), 0, sorted.count)
  update.commit(rootPageKey, subtree)
  return { root: subtree.hash, pages: update.pages }
}

/** 32 bytes, over the tree as it is stored. */
export function stateRoot(crypto: Crypto, source: PageSource): Uint8Array {
  return updateStateTree(crypto, source, []).root
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

class TreeUpdate {
  readonly pages = new Map<ByteKey, Uint8Array | null>()
  readonly #source: PageSource
  readonly #changes: PathChanges
  readonly #hasher: StateHasher
  /** Where leaves are merged before their number is known. */
  #merged = new Uint8Array(2 * leafPageMax * entryLength)

  constructor(crypto: Crypto, source: PageSource, changes: PathChanges) {
    this.#source = source
    this.#changes = changes
    this.#hasher = new StateHasher(crypto)
  }

  /** The changes [start, end) are those below this page's prefix. */
  apply(key: ByteKey, former: Uint8Array | undefined, start: number, end: number): Subtree {
    const page = former === undefined ? emptyPage : parsePage(key, former)
    if (page.kind === 'inner') return this.#applyToChildren(key, former, page, start, end)
    const length = this.#merge(page.entries, start, end)
    return this.#grow(key, former, this.#merged, length)
  }

  commit(key: ByteKey, { page, former }: Subtree): void {
    const bytes = page?.encode() ?? null
    if (bytes === null ? former === undefined : former !== undefined && equalBytes(bytes, former)) return
    this.pages.set(key, bytes)
  }

  #applyToChildren(key: ByteKey, former: Uint8Array | undefined, page: InnerPage, start: number, end: number): Subtree {
    const touched = new Map<number, Subtree>()
    const { entries } = this.#changes
    for (let from = start, to = start; from < end; from = to) {
      to = groupEnd(entries, pageDepth(key), from, end)
      const byte = entries[from * entryLength + pageDepth(key)]!
      const childKey = childPageKey(key, byte)
      const child = this.apply(childKey, page.counts[byte] === 0 ? undefined : this.#read(childKey), from, to)
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
    return this.#grow(key, former, entries, at)
  }

  /** A page for the leaves in the first `length` bytes of `entries`; too many for one become an inner page with new children. */
  #grow(key: ByteKey, former: Uint8Array | undefined, entries: Uint8Array, length: number): Subtree {
    const leaves = LeafPage.copyOf(entries, length)
    if (leaves.size <= leafPageMax) return this.#subtree(key, former, leaves)
    const page = new InnerPage()
    for (let from = 0, to = 0; from < leaves.size; from = to) {
      to = groupEnd(leaves.entries, pageDepth(key), from, leaves.size)
      const byte = leaves.entries[from * entryLength + pageDepth(key)]!
      const childKey = childPageKey(key, byte)
      const group = leaves.entries.subarray(from * entryLength, to * entryLength)
      const child = this.#grow(childKey, undefined, group, group.length)
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

  /** Merges leaves and changes, both sorted by path, and returns the length of the result in bytes. */
  #merge(entries: Uint8Array, start: number, end: number): number {
    const room = entries.length + (end - start) * entryLength
    if (room > this.#merged.length) this.#merged = new Uint8Array(room)
    const { entries: changed, removed } = this.#changes
    const merged = this.#merged
    let length = 0
    let kept = 0
    for (let i = start; i < end; i++) {
      const from = kept
      const at = i * entryLength
      while (kept < entries.length && comparePaths(entries, kept, changed, at) < 0) kept += entryLength
      length = append(merged, length, entries, from, kept)
      if (kept < entries.length && comparePaths(entries, kept, changed, at) === 0) kept += entryLength
      if (removed[i] === 0) length = append(merged, length, changed, at, at + entryLength)
    }
    return append(merged, length, entries, kept, entries.length)
  }
}

/** The end of the entries that agree with the first, [start, end), in the byte at this depth. */
function groupEnd(entries: Uint8Array, depth: number, start: number, end: number): number {
  const byte = entries[start * entryLength + depth]
  let next = start + 1
  while (next < end && entries[next * entryLength + depth] === byte) next++
  return next
}

function append(target: Uint8Array, length: number, source: Uint8Array, start: number, end: number): number {
  if (start < end) target.set(source.subarray(start, end), length)
  return length + end - start
}
