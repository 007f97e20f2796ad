import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parseApi, readConfig } from '../../../src/config/node-config.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('config/node-config')

const folder = tempFolder()
const file = join(folder, 'config.json')

test('paths are relative to the file, all else is as it stands', async () => {
  const config = {
    data: '.',
    genesis: '../genesis.cbor',
    listen: ['/ip4/0.0.0.0/tcp/1'],
    bootstrap: [],
    api: { host: '::1', port: 0 },
    log: 'warn',
    faults: { seed: 3 },
  }
  writeFileSync(file, JSON.stringify(config))
  assert.equal(await readConfig(file), { ...config, data: folder, genesis: join(folder, '..', 'genesis.cbor') })
})

const wrong: readonly (readonly [text: string, message: RegExp])[] = [
  ['{', /config: expected JSON/],
  ['[]', /config: expected an object/],
  ['{"dta":"."}', /dta: expected one of data, genesis/],
  ['{"toString":1}', /toString: expected one of/],
  ['{"data":5}', /data: expected a path/],
  ['{"listen":"x"}', /listen: expected a list of texts/],
  ['{"api":{"host":"a","port":70000}}', /api\.port: expected an integer from 0 to 65535/],
  ['{"api":{"port":1}}', /api\.host: expected a host/],
  ['{"log":"loud"}', /log: expected debug, info/],
  ['{"faults":{"seed":-1}}', /faults\.seed: expected/],
]

for (const [text, message] of wrong) {
  test(`refused: ${text}`, async () => {
    writeFileSync(file, text)
    const error = await readConfig(file).catch(failure => failure)
    assert.is(error.code, 'config')
    assert.match(error.message, message)
    assert.ok(error.message.startsWith(file))
  })
}

test('a config that is not there', async () => {
  const error = await readConfig(join(folder, 'none.json')).catch(failure => failure)
  assert.match(error.message, /can't read the config: ENOENT/)
})

test('the address of the API as a flag', () => {
  assert.equal(parseApi('0.0.0.0:8650'), { host: '0.0.0.0', port: 8650 })
  assert.equal(parseApi('[::1]:0'), { host: '::1', port: 0 })
  assert.is(parseApi('none'), null)
  for (const text of ['8650', 'host:', ':1', 'host:99999', 'a:b:1']) assert.throws(() => parseApi(text), /api/, text)
})
