import { type ByteKey, equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { emptyHash, StateHasher } from './state-hasher.ts'
import {
  childPageKey,
  emptyPage,
  type PageFault,
  type PageSource,
  pageDepth,
  parsePage,
  rootPageKey,
  type StatePage,
  StatePageError,
} from './state-page.ts'

/** What a parent, or for the topmost page the checkpoint's state root, says of a page. */
export interface PageClaim {
  readonly key: ByteKey
  /** Of the subtree, 32 bytes. */
  readonly hash: Uint8Array
  /** Leaves in the subtree; the state root doesn't tell. */
  readonly count: number | undefined
}

/** A page that is as claimed, or what is wrong with it. */
export type WalkedPage =
  | { readonly key: ByteKey; readonly page: StatePage; readonly fault?: never }
  | { readonly key: ByteKey; readonly page?: never; readonly fault: PageFault }

/**
 * All pages below a state root (32 bytes), each checked, children before their parent. Below a page with a wrong hash nothing is
 * visited: what it says of its children can't be trusted.
 */
export function* walkStatePages(crypto: Crypto, source: PageSource, root: Uint8Array): Generator<WalkedPage> {
  yield* walkBelow(new StateHasher(crypto), source, rootClaim(root))
}

/** Returns the number of leaves, undefined if a fault hides it. */
function* walkBelow(
  hasher: StateHasher,
  source: PageSource,
  { key, hash }: PageClaim,
): Generator<WalkedPage, number | undefined> {
  const walked = checkStored(hasher, { key, hash, count: undefined }, source.get(key))
  if (walked.page?.kind !== 'inner') {
    yield walked
    return walked.page?.size
  }
  let total: number | undefined = 0
  let isCountWrong = false
  for (const claim of childClaims(key, walked.page)) {
    const count: number | undefined = yield* walkBelow(hasher, source, claim)
    total = total === undefined || count === undefined ? undefined : total + count
    // No hash covers a count: where a child is as its hash says, its parent is the one that miscounted.
    isCountWrong ||= count !== undefined && count !== claim.count
  }
  yield isCountWrong ? { key, fault: 'wrong' } : walked
  return total
}

export function rootClaim(root: Uint8Array): PageClaim {
  return { key: rootPageKey, hash: root, count: undefined }
}

/** The claims that a page makes about its children, in path order. */
export function childClaims(key: ByteKey, page: StatePage): PageClaim[] {
  const claims: PageClaim[] = []
  if (page.kind === 'leaf') return claims
  for (let byte = 0; byte < page.size; byte++) {
    const count = page.counts[byte]!
    if (count > 0) claims.push({ key: childPageKey(key, byte), hash: page.hashOf(byte), count })
  }
  return claims
}

/**
 * The page in `bytes`, undefined for none; throws StatePageError unless it is as claimed. Whoever takes pages from a stranger, from
 * the root down, needs no more: a count that no hash covers contradicts a page further below.
 */
export function checkPage(
  hasher: StateHasher,
  { key, hash, count }: PageClaim,
  bytes: Uint8Array | undefined,
): StatePage {
  if (bytes === undefined && key === rootPageKey && equalBytes(hash, emptyHash)) return emptyPage
  if (bytes === undefined) throw new StatePageError(key, 'missing')
  const page = parsePage(key, bytes)
  const isAsClaimed =
    (count === undefined || page.countIn(0, page.size) === count) &&
    equalBytes(hasher.page(page, 8 * pageDepth(key)), hash)
  if (!isAsClaimed) throw new StatePageError(key, 'wrong')
  return page
}

function checkStored(hasher: StateHasher, claim: PageClaim, bytes: Uint8Array | undefined): WalkedPage {
  try {
    return { key: claim.key, page: checkPage(hasher, claim, bytes) }
  } catch (error) {
    if (error instanceof StatePageError) return { key: claim.key, fault: error.fault }
    throw error
  }
}
