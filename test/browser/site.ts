/** A site on the loopback with the light verifier's bundle, and a page that uses it. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Plugin } from 'esbuild'
import { type Bundle, bundleForBrowsers, lightEntry } from '../../scripts/bundle/browser.ts'
import { vectorNames } from '../fixtures/light-vector.ts'

export interface Site {
  readonly url: string
  /** What it was asked for and doesn't have. */
  readonly missed: readonly string[]
  close(): void
}

interface File {
  readonly type: string
  readonly content: string
}

/** Folders of the site, each with the page and one form of the bundle. */
export const forms = ['plain', 'minified'] as const

/** Nothing from elsewhere, and no code made of text: the bundle must get by with what a careful site allows. */
const policy = "default-src 'none'; script-src 'self'; connect-src 'self'"
const html = '<!doctype html><meta charset="utf-8"><title>light</title><script type="module" src="page.js"></script>'

export async function openSite(): Promise<Site> {
  const files = await filesOf()
  const missed: string[] = []
  const server = createServer(({ url = '' }, answer) => {
    const file = files.get(url)
    if (file === undefined) missed.push(url)
    answer.writeHead(file === undefined ? 404 : 200, {
      'content-security-policy': policy,
      'content-type': file?.type ?? 'text/plain',
    })
    answer.end(file?.content)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    missed,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function filesOf(): Promise<Map<string, File>> {
  const files = new Map<string, File>()
  const page = script((await bundlePage()).code)
  for (const form of forms) {
    const { code } = await bundleForBrowsers(lightEntry, { minify: form === 'minified' })
    files.set(`/${form}/`, { type: 'text/html', content: html })
    files.set(`/${form}/page.js`, page)
    files.set(`/${form}/light.js`, script(code))
  }
  for (const name of vectorNames) {
    const content = readFileSync(new URL(`../vectors/light/${name}.json`, import.meta.url), 'utf8')
    files.set(`/vectors/${name}.json`, { type: 'application/json', content })
  }
  return files
}

function script(content: string): File {
  return { type: 'text/javascript', content }
}

/** The rules come from the bundle beside the page, as they would for anybody else's page. */
const rulesFromBundle: Plugin = {
  name: 'rules-from-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /\/consensus\/light\/index\.ts$/ }, () => ({ path: './light.js', external: true }))
  },
}

/** The page's own script: it holds no rule. */
export function bundlePage(): Promise<Bundle> {
  return bundleForBrowsers('test/browser/page.ts', { plugins: [rulesFromBundle] })
}
