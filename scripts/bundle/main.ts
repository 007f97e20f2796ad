/** Writes the light verifier and the API's client as one file each, for browsers and for Node, and the same minified: `build/light.js` … */
import { mkdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { bundleForBrowsers, clientEntry, lightEntry } from './browser.ts'

const folder = new URL('../../build/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, entry, minify] of [
  ['light.js', lightEntry, false],
  ['light.min.js', lightEntry, true],
  ['client.js', clientEntry, false],
  ['client.min.js', clientEntry, true],
] as const) {
  const { code } = await bundleForBrowsers(entry, { minify })
  writeFileSync(new URL(name, folder), code)
  console.log(`build/${name}  ${kilobytes(code)}, ${kilobytes(gzipSync(code))} compressed`)
}

function kilobytes(content: string | Uint8Array): string {
  return `${(Buffer.byteLength(content) / 1000).toFixed(1)} kB`
}
