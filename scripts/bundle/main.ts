/**
 * Writes what browsers run: the light verifier and the API's client as one file each, also for Node, and the same minified
 * (`build/light.js` …); the explorer as one HTML document (`build/explorer.html`). With `explorer` only that.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { bundleForBrowsers, clientEntry, lightEntry } from './browser.ts'
import { explorerDocument } from './explorer.ts'

const folder = new URL('../../build/', import.meta.url)
mkdirSync(folder, { recursive: true })
if (process.argv[2] !== 'explorer') {
  for (const [name, entry, minify] of [
    ['light.js', lightEntry, false],
    ['light.min.js', lightEntry, true],
    ['client.js', clientEntry, false],
    ['client.min.js', clientEntry, true],
  ] as const) {
    const { code } = await bundleForBrowsers(entry, { minify })
    write(name, code)
  }
}
const { html, sources } = await explorerDocument()
write('explorer.html', html)
// Setting up builds the page anew when one of them changed.
writeFileSync(new URL('explorer.sources.json', folder), JSON.stringify(sources))

/** Whoever reads it meanwhile sees the old one or the new one. */
function write(name: string, content: string): void {
  const file = new URL(name, folder)
  const aside = new URL(`${name}.${process.pid}`, folder)
  writeFileSync(aside, content)
  renameSync(aside, file)
  console.log(`build/${name}  ${kilobytes(content)}, ${kilobytes(gzipSync(content))} compressed`)
}

function kilobytes(content: string | Uint8Array): string {
  return `${(Buffer.byteLength(content) / 1000).toFixed(1)} kB`
}
