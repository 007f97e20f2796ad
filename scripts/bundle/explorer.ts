import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import { bundleForBrowsers } from './browser.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const entry = 'src/explorer/main.tsx'
const styleFile = 'src/explorer/style.css'

export interface ExplorerDocument {
  readonly html: string
  /** Files that it was made of, relative to the project. */
  readonly sources: readonly string[]
  /** What is still to be loaded beside it. */
  readonly imports: readonly string[]
}

/** The explorer as one HTML document: script and style are in it, and it asks nobody for anything but a node's API. */
export async function explorerDocument(): Promise<ExplorerDocument> {
  const bundle = await bundleForBrowsers(entry, { minify: true, keepNames: false })
  // A script ends at this mark, wherever it stands.
  const script = bundle.code.trim().replaceAll('</script', '<\\/script')
  const style = await styleText()
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style)}`,
    // Opened from disk it may be pointed at any node; a node that serves it narrows this down to itself.
    'connect-src http: https:',
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>openledger</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"><noscript>This page needs JavaScript: it asks a node, and checks what it says.</noscript></div>
<script type="module">${script}</script>
</body>
</html>
`
  const makers = ['scripts/bundle/browser.ts', 'scripts/bundle/explorer.ts']
  return { html, sources: [...bundle.sources, styleFile, ...makers], imports: bundle.imports }
}

async function styleText(): Promise<string> {
  const text = readFileSync(`${root}/${styleFile}`, 'utf8')
  const { code } = await transform(text, { loader: 'css', minify: true })
  return code.trim()
}

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
