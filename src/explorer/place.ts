import type { AssetKind } from '../api/schema/asset.ts'

/** What the page shows, as it stands in the address after `#`. */
export type Place =
  | { readonly page: 'overview' }
  | { readonly page: 'accounts' }
  | { readonly page: 'account'; readonly account: string }
  | { readonly page: 'verify'; readonly account: string }
  | { readonly page: 'assets'; readonly kind?: AssetKind }
  | { readonly page: 'validators' }
  | { readonly page: 'epoch'; readonly epoch: number }
  | { readonly page: 'record'; readonly ref: string }
  | { readonly page: 'batch'; readonly cid: string }
  | { readonly page: 'search'; readonly text: string }
  | { readonly page: 'lost'; readonly hash: string }

const readers: readonly [RegExp, (match: readonly string[]) => Place][] = [
  [/^$/, () => ({ page: 'overview' })],
  [/^accounts$/, () => ({ page: 'accounts' })],
  [/^accounts\/(did:key:\w+)$/, ([account = '']) => ({ page: 'account', account })],
  [/^accounts\/(did:key:\w+)\/verify$/, ([account = '']) => ({ page: 'verify', account })],
  [/^assets$/, () => ({ page: 'assets' })],
  [
    /^assets\/(datanet|contribution|refinement|model|agent)$/,
    ([kind]) => ({ page: 'assets', kind: kind as AssetKind }),
  ],
  [/^validators$/, () => ({ page: 'validators' })],
  [/^epochs\/(\d{1,15})$/, ([epoch]) => ({ page: 'epoch', epoch: Number(epoch) })],
  [/^records\/(\w+\/\d{1,4})$/, ([ref = '']) => ({ page: 'record', ref })],
  [/^batches\/(\w+)$/, ([cid = '']) => ({ page: 'batch', cid })],
  [/^search\/(.*)$/, ([text = '']) => ({ page: 'search', text })],
]

/** Never throws: what no page is named by is `lost`. */
export function placeOf(hash: string): Place {
  const path = decoded(hash.replace(/^#?\/?/, ''))
  for (const [pattern, read] of readers) {
    const match = path === undefined ? null : pattern.exec(path)
    if (match !== null) return read(match.slice(1))
  }
  return { page: 'lost', hash }
}

export function hrefOf(place: Place): string {
  switch (place.page) {
    case 'overview':
      return '#/'
    case 'accounts':
    case 'validators':
      return `#/${place.page}`
    case 'assets':
      return place.kind === undefined ? '#/assets' : `#/assets/${place.kind}`
    case 'account':
      return `#/accounts/${place.account}`
    case 'verify':
      return `#/accounts/${place.account}/verify`
    case 'epoch':
      return `#/epochs/${place.epoch}`
    case 'record':
      return `#/records/${place.ref}`
    case 'batch':
      return `#/batches/${place.cid}`
    case 'search':
      return `#/search/${encodeURIComponent(place.text)}`
    case 'lost':
      return place.hash
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
