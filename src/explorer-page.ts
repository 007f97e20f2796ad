import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ExplorerPage } from './api/api-source.ts'

/** The explorer as it was built: one HTML document that holds everything it needs. */
export interface BuiltExplorer {
  readonly html: Uint8Array
  /** SHA-256 of it in hex, by which anybody can tell whether two nodes serve the same. */
  readonly sha256: string
}

const builtFile = new URL('../build/explorer.html', import.meta.url)

/** Undefined where it was never built: in a checkout, setting up builds it. */
export function readExplorer(file: URL = builtFile): BuiltExplorer | undefined {
  let html: Uint8Array
  try {
    html = readFileSync(file)
  } catch {
    return undefined
  }
  return { html, sha256: createHash('sha256').update(html).digest('hex') }
}

/**
 * The page as a node serves it. Its own policy lets it ask any node, for it may be opened from disk; served, it may ask this one only,
 * and nobody may frame it.
 */
export function servedPage({ html }: BuiltExplorer): ExplorerPage {
  const [, policy = ''] =
    /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(Buffer.from(html).toString()) ?? []
  return {
    html,
    headers: {
      'content-security-policy': `${policy.replace(/connect-src [^;]*/, "connect-src 'self'")}; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    },
  }
}
