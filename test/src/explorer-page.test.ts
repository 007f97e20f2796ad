import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import { readExplorer, servedPage } from '../../src/explorer-page.ts'
import { suite } from '../harness.ts'
import { tempFolder } from './temp-folder.ts'

const test = suite('explorer-page')

const policy = "default-src 'none'; script-src 'sha256-abc'; connect-src http: https:; base-uri 'none'"
const html = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}">`

test('a page is known by its hash, and where none was built there is none', () => {
  const file = join(tempFolder(), 'explorer.html')
  assert.is(readExplorer(pathToFileURL(file)), undefined)
  writeFileSync(file, html)
  assert.is(readExplorer(pathToFileURL(file))!.sha256, createHash('sha256').update(html).digest('hex'))
})

test('served, it may ask its own node only, and nobody may frame it; the rest of its policy stays', () => {
  const { headers } = servedPage({ html: Buffer.from(html), sha256: '' })
  assert.is(
    headers!['content-security-policy'],
    "default-src 'none'; script-src 'sha256-abc'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  assert.is(headers!['x-content-type-options'], 'nosniff')
})

test('the page that was built has a policy, and no code beside what it allows', () => {
  const { html: built } = readExplorer()!
  const text = Buffer.from(built).toString()
  const [, script = ''] = /<script type="module">([\s\S]*)<\/script>/.exec(text) ?? []
  const hash = createHash('sha256').update(script).digest('base64')
  const served = servedPage(readExplorer()!).headers!['content-security-policy']!
  assert.ok(served.includes(`script-src 'sha256-${hash}'`), served)
  assert.not.match(served, /unsafe|http:|\*/)
})
