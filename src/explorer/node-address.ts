/** Which node the page asks. */
export interface NodeAddress {
  readonly url: string
  /** Opened as a file: then the reader chooses the node. */
  readonly isFromDisk: boolean
}

/** The parts of the page's own address that matter. */
interface Where {
  readonly protocol: string
  readonly origin: string
  readonly search: string
}

/** Where a node answers that was told nothing else. */
const usualNode = 'http://127.0.0.1:8650'

/**
 * A page that a node served asks that node, and the browser holds it to it. One opened from disk asks the node that `?node=` in its
 * address names.
 */
export function nodeAddress({ protocol, origin, search }: Where): NodeAddress {
  if (protocol !== 'file:') return { url: origin, isFromDisk: false }
  const named = new URLSearchParams(search).get('node') ?? usualNode
  const url = URL.canParse(named) ? new URL(named) : undefined
  const isFine = url?.protocol === 'http:' || url?.protocol === 'https:'
  return { url: isFine ? `${url.origin}${url.pathname.replace(/\/$/, '')}` : usualNode, isFromDisk: true }
}

/** The same page, asking another node. */
export function nodeHref(node: string): string {
  return `?${new URLSearchParams({ node })}#/`
}
