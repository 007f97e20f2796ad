/** Writes the light verifier as one file for browsers, and the same minified: `build/light.js`, `build/light.min.js`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { bundleForBrowsers, lightEntry } from './browser.ts'

const folder = new URL('../../build/', import.meta.url)
mkdirSync(folder, { recursive: true })
for (const [name, minify] of [
  ['light.js', false],
  ['light.min.js', true],
] as const) {
  const { code } = await bundleForBrowsers(lightEntry, { minify })
  writeFileSync(new URL(name, folder), code)
  console.log(`build/${name}  ${kilobytes(code)}, ${kilobytes(gzipSync(code))} compressed`)
}

function kilobytes(content: string | Uint8Array): string {
  return `${(Buffer.byteLength(content) / 1000).toFixed(1)} kB`
}
