import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import { bundleForBrowsers, clientEntry } from '../../../scripts/bundle/browser.ts'
import { suite } from '../../harness.ts'
import { memoryApi } from '../../src/api/memory-api.ts'
import { openApi } from '../../src/api/open-api.ts'
import { genesisOf, MemoryLedger } from '../../src/memory-ledger.ts'
import { MemoryNode } from '../../src/memory-node.ts'
import { tempFolder } from '../../src/temp-folder.ts'

const test = suite('scripts/bundle/client')

/** A page loads it beside everything else. */
const minifiedBytesMax = 40 * 1024

test('the client is one module without schemas, for browsers and for Node', async () => {
  const { code, sources, imports } = await bundleForBrowsers(clientEntry, { minify: true })
  assert.equal(imports, [])
  assert.not.match(code, /\bnode:|\brequire\(|\bimport\(/)
  assert.equal(
    sources.filter(path => /typebox|fastify|src\/api\//.test(path)),
    [],
  )
  assert.ok(code.length <= minifiedBytesMax, `${code.length} bytes`)
})

test('the bundled client asks a node', async () => {
  const folder = tempFolder()
  mkdirSync(join(folder, 'data'))
  const file = join(folder, 'client.mjs')
  writeFileSync(file, (await bundleForBrowsers(clientEntry)).code)
  const { ApiClient } = (await import(pathToFileURL(file).href)) as typeof import('../../../src/client/index.ts')
  const node = new MemoryNode(new MemoryLedger(genesisOf(new Map())))
  const tcp = { host: '127.0.0.1', port: 0 }
  const api = await openApi({ ...memoryApi(node), data: join(folder, 'data'), tcp })
  const client = new ApiClient(`${api.url}/`)
  assert.is((await client.get('/v1/status')).peerId, 'memory')
  const failure = await client.get('/v1/epochs/{epoch}', { epoch: 7 }).catch(error => error)
  assert.equal([failure.code, failure.next], ['not-yet', 'wait for it'])
  await api.stop()
  assert.is((await client.get('/v1/status').catch(error => error)).code, 'unreachable')
})
