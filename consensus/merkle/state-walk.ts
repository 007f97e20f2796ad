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
 * All pages below a state root (32 bytes), each checked, in path order. Below a faulty page nothing is visited: what it says
 * of its children can't be trusted.
 */
export function* walkStatePages(crypto: Crypto, source: PageSource, root: Uint8Array): Generator<WalkedPage> {
  const hasher = new StateHasher(crypto)
  const waiting: PageClaim[] = [rootClaim(root)]
  for (let claim = waiting.pop(); claim !== undefined; claim = waiting.pop()) {
    const walked = checkStored(hasher, claim, source.get(claim.key))
    yield walked
    if (walked.page !== undefined) waiting.push(...childClaims(claim.key, walked.page).reverse())
  }
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

/** The page in `bytes`, undefined for none; throws StatePageError unless it is as claimed. */
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
