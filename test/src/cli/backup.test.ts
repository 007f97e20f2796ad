import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CarReader } from '@ipld/car'
import * as assert from 'uvu/assert'
import { tokenVariable } from '../../../src/config/variables.ts'
import { openLedger } from '../../../src/node/open-ledger.ts'
import { LedgerView } from '../../../src/query/ledger-view.ts'
import { Store } from '../../../src/store/store.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { buildSampleLedger } from '../../fixtures/sample-ledger.ts'
import { suite } from '../../harness.ts'
import { memoryApi } from '../api/memory-api.ts'
import { openApi } from '../api/open-api.ts'
import { tempFolder } from '../temp-folder.ts'
import { openledger } from './program.ts'

const test = suite('cli/backup')
const data = tempFolder()
const out = tempFolder()
const { store } = await buildSampleLedger(data)
const { epoch, checkpoint } = store.head()!
await store.close()

interface Told {
  readonly file: string
  readonly bytes: number
  readonly epoch: number
  readonly checkpoint: string
}

test('a folder at rest goes into a file and comes back', async () => {
  const file = join(out, 'rest.backup')
  const made = await openledger(['backup', file, '--data', data, '--json'])
  const told = made.json().data as unknown as Told
  assert.is(told.epoch, epoch)
  assert.is(told.bytes, statSync(file).size)
  const target = join(out, 'rest')
  const restored = await openledger(['restore', file, '--data', target, '--json'])
  assert.is((restored.json().data as unknown as Told).checkpoint, `${checkpoint}`)
  const twice = await openledger(['restore', file, '--data', target, '--json'])
  assert.is(twice.status, 1)
  assert.is(twice.json().error?.code, 'folder-used')
  assert.match((await openledger(['restore', file, '--data', join(out, 'text')])).stdout, /verify --data/)
})

test('a ledger without an epoch: verify names none', async () => {
  const begun = join(out, 'begun')
  await (await openLedger(begun, new Nodes().genesis)).store.close()
  assert.match((await openledger(['verify', '--data', begun])).stdout, /^intact: \d+ values, no epoch yet\n$/)
})

test('the answer names the keys that are in it', async () => {
  const none = await openledger(['backup', join(out, 'none.backup'), '--data', data, '--keys'])
  assert.match(none.stdout, /no keys are in it: none lie in/)
  const key = join(data, 'vote.json')
  assert.is((await openledger(['keys', 'new', key, '--kind', 'vote', '--unprotected'])).status, 0)
  const made = await openledger(['backup', join(out, 'keys.backup'), '--data', data, '--keys', '--json'])
  assert.equal((made.json().data as unknown as { keys: string[] }).keys, ['vote.json'])
  rmSync(key)
})

test('a running node gives both over its socket, and nothing of it to others', async () => {
  const opened = await Store.open(data, { create: false, multithreading: false })
  const view = new LedgerView(opened)
  const running = Object.assign(view, { status: async () => ({ epoch }) }) as never
  const tcp = { host: '127.0.0.1', port: 0 }
  const api = await openApi({ ...memoryApi(running), data, tcp })
  try {
    const file = join(out, 'running.backup')
    assert.is((await openledger(['backup', file, '--data', data])).status, 0)
    const atRest = readFileSync(join(out, 'rest.backup'))
    assert.ok(readFileSync(file).equals(atRest))
    const car = join(out, 'running.car')
    // As compose passes a variable that nobody set: no token, and so no wrong one.
    process.env[tokenVariable] = ''
    const exported = await openledger(['export', '--car', car, '--api', api.url!, '--epoch', '1..2', '--json'])
    assert.is(exported.status, 0, exported.stderr)
    const reader = await CarReader.fromBytes(readFileSync(car))
    assert.is((await reader.getRoots()).length, 1)
    assert.is((await fetch(`${api.url}/v1/backup`)).status, 404)
    const future = await openledger([
      'export',
      '--car',
      join(out, 'none.car'),
      '--api',
      api.url!,
      '--epoch',
      '900..',
      '--json',
    ])
    assert.is(future.json().error?.code, 'not-yet')
    assert.not(existsSync(join(out, 'none.car')))
  } finally {
    delete process.env[tokenVariable]
    await api.stop()
    await opened.close()
  }
})

test('payouts as a table, and what goes with what', async () => {
  const csv = await openledger(['export', '--payouts', '--format', 'csv', '--data', data])
  assert.match(csv.stdout, /^epoch,account,label,role,source,amount\r\n\d+,did:key:z6Mk/)
  for (const wrong of [
    ['--records', '--format', 'csv'],
    ['--payouts', '--format', 'xml'],
    ['--payouts', '--format', 'csv', '--json'],
    ['--car', join(out, 'x.car'), '--payouts'],
    [],
  ]) {
    assert.is((await openledger(['export', ...wrong, '--data', data])).status, 2, wrong.join(' '))
  }
  assert.is((await openledger(['backup', join(out, 'y')])).status, 2)
  assert.is(
    (await openledger(['backup', join(out, 'rest.backup'), '--data', data, '--json'])).json().error?.code,
    'file-exists',
  )
})
