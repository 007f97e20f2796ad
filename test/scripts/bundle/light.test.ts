import * as assert from 'uvu/assert'
import { bundleForBrowsers, lightEntry } from '../../../scripts/bundle/browser.ts'
import { bundlePage } from '../../browser/site.ts'
import { suite } from '../../harness.ts'

const test = suite('scripts/bundle/light')

/** A page loads it before it can check anything. */
const minifiedBytesMax = 160 * 1024
const allowed = /^(consensus\/|.*node_modules\/(@noble\/(ed25519|hashes)|multiformats)\/)/

for (const minify of [false, true]) {
  test(`the light verifier is one module for browsers, ${minify ? 'minified' : 'as written'}`, async () => {
    const { code, sources, imports } = await bundleForBrowsers(lightEntry, { minify })
    assert.equal(imports, [])
    assert.not.match(code, /\bnode:|\brequire\(|\bimport\(/)
    assert.equal(
      sources.filter(path => !allowed.test(path)),
      [],
    )
    if (minify) assert.ok(code.length <= minifiedBytesMax, `${code.length} bytes`)
  })
}

test('a module of Node can’t get into a bundle', async () => {
  const failure = await bundleForBrowsers('src/crypto/native.ts').catch((error: Error) => error.message)
  assert.match(`${failure}`, /Could not resolve "node:crypto"/)
})

test('the page that tries it in a browser has no rules but those of the bundle', async () => {
  const { sources, imports } = await bundlePage()
  assert.equal(imports, Array(imports.length).fill('./light.js'))
  assert.equal(
    sources.filter(path => !path.startsWith('test/')),
    [],
  )
})
