import { writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import type { LedgerError } from '../../../consensus/errors.ts'
import {
  type ConfigSources,
  type NodeConfig,
  readConfig,
  type SettingInForce,
  settingsInForce,
} from '../../../src/config/node-config.ts'
import { withoutSettings } from '../../../src/config/variables.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('config/node-config')

const folder = tempFolder()
const file = join(folder, 'config.json')

/** Reads a config from what is given, and nothing of this process's environment. */
const read = (sources: Partial<ConfigSources>): Promise<NodeConfig> => readConfig({ flags: {}, env: {}, ...sources })

function inFile(config: object | string): { file: string } {
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config))
  return { file }
}

async function refused(sources: Partial<ConfigSources>): Promise<LedgerError> {
  try {
    await read(sources)
  } catch (error) {
    return error as LedgerError
  }
  throw new Error('it was taken')
}

test('nothing is given: every setting has a sensible default, and the data folder is the user’s', async () => {
  assert.equal(await read({}), {
    data: join(homedir(), '.local/share/openledger'),
    listen: ['/ip4/0.0.0.0/tcp/8649'],
    bootstrap: [],
    peersTarget: 16,
    sync: 'snapshot',
    api: { host: '127.0.0.1', port: 8650 },
    apiProxies: [],
    log: 'info',
    logFormat: 'auto',
  })
  assert.is((await read({ env: { XDG_DATA_HOME: folder } })).data, join(folder, 'openledger'))
  assert.is((await read({ env: { XDG_DATA_HOME: 'here' } })).data, join(homedir(), '.local/share/openledger'))
})

test('paths of a file are relative to it, all else is as it stands', async () => {
  const given = {
    data: '.',
    genesis: '../genesis.cbor',
    listen: ['/ip4/0.0.0.0/tcp/1'],
    bootstrap: [],
    peersTarget: 3,
    sync: 'full',
    api: '[::1]:0',
    apiProxies: ['10.0.0.0/8', '::1'],
    log: 'warn',
    logFormat: 'json',
    faultsSeed: 3,
  }
  assert.equal(await read(inFile(given)), {
    ...given,
    data: folder,
    genesis: join(folder, '..', 'genesis.cbor'),
    api: { host: '::1', port: 0 },
  })
})

test('a flag wins over the environment, that over the file, that over the default; each says where it is from', async () => {
  const sources: ConfigSources = {
    ...inFile({ log: 'warn', api: 'none', genesis: 'g', sync: 'full' }),
    env: { OPENLEDGER_LOG: 'error', OPENLEDGER_API: '0.0.0.0:1', OPENLEDGER_VOTE_KEY: 'v' },
    flags: { log: 'debug', bootstrap: ['a', 'b'] },
  }
  const config = await readConfig(sources)
  assert.equal(
    [config.log, config.api, config.genesis, config.sync, config.voteKey, config.bootstrap, config.peersTarget],
    ['debug', { host: '0.0.0.0', port: 1 }, join(folder, 'g'), 'full', resolve('v'), ['a', 'b'], 16],
  )
  const all = await settingsInForce(sources)
  const originOf = (name: string) => all.find(({ setting }: SettingInForce) => setting.name === name)!.origin
  assert.equal(originOf('log'), { from: 'flag', name: '--log' })
  assert.equal(originOf('api'), { from: 'variable', name: 'OPENLEDGER_API' })
  assert.equal(originOf('genesis'), { from: 'file', name: file })
  assert.equal(originOf('peersTarget'), { from: 'default', name: null })
})

test('a variable names the file; a flag another one; an empty variable says nothing', async () => {
  const given = inFile({ log: 'warn' }).file
  const other = join(folder, 'other.json')
  writeFileSync(other, '{"log":"error"}')
  const env = { OPENLEDGER_CONFIG: given, OPENLEDGER_LOG: '', OPENLEDGER_BOOTSTRAP: '' }
  assert.is((await read({ env })).log, 'warn')
  assert.is((await read({ env, file: other })).log, 'error')
  assert.equal((await read({ env: { OPENLEDGER_CONFIG: '' } })).bootstrap, [])
})

test('a list in a variable is split at commas and blanks', async () => {
  const env = { OPENLEDGER_LISTEN: '/ip4/1.2.3.4/tcp/1, /ip4/1.2.3.4/tcp/2 /ip4/1.2.3.4/tcp/3' }
  assert.equal((await read({ env })).listen, ['/ip4/1.2.3.4/tcp/1', '/ip4/1.2.3.4/tcp/2', '/ip4/1.2.3.4/tcp/3'])
})

const wrongFiles: readonly (readonly [text: string, message: RegExp])[] = [
  ['{', /config: expected JSON/],
  ['[]', /config: expected an object/],
  ['{"data":5}', /data: expected a path, got 5/],
  ['{"data":""}', /data: expected a path/],
  ['{"listen":"x"}', /listen: expected a list of multiaddrs/],
  ['{"listen":[5]}', /listen: expected a list of multiaddrs/],
  ['{"api":{"host":"a","port":1}}', /api: expected HOST:PORT or none/],
  ['{"api":null}', /api: expected HOST:PORT or none/],
  ['{"apiProxies":["10.0.0.0/33"]}', /apiProxies: expected a list of IP addresses or networks like 10\.0\.0\.0\/8/],
  ['{"apiProxies":["0.0.0.0/0"]}', /apiProxies: expected a list of IP addresses/],
  ['{"apiProxies":["proxy"]}', /apiProxies: expected a list of IP addresses/],
  ['{"apiProxies":["::1/64/2"]}', /apiProxies: expected a list of IP addresses/],
  ['{"log":"loud"}', /log: expected debug, info, warn, error or silent, got "loud"/],
  ['{"sync":"no"}', /sync: expected snapshot or full/],
  ['{"peersTarget":65}', /peersTarget: expected an integer from 0 to 64/],
  ['{"peersTarget":1.5}', /peersTarget: expected an integer/],
  ['{"faultsSeed":-1}', /faultsSeed: expected an integer from 0/],
]
for (const [text, message] of wrongFiles) {
  test(`refused in a file: ${text}`, async () => {
    const error = await refused(inFile(text))
    assert.is(error.code, 'config')
    assert.match(error.message, message)
    assert.ok(error.message.startsWith(file))
    assert.ok(error.next !== undefined)
  })
}

test('what no setting is called is refused with the nearest that is, in a file and in the environment', async () => {
  const inAFile = await refused(inFile({ lisen: [] }))
  assert.match(inAFile.message, /config\.json: lisen: no setting has this name/)
  assert.match(inAFile.next!, /^did you mean listen\?/)
  assert.match((await refused(inFile({ toString: 1 }))).message, /toString: no setting/)
  assert.match((await refused(inFile('{"__proto__":1}'))).message, /__proto__: no setting/)
  const variable = await refused({ env: { OPENLEDGER_BOOSTRAP: 'x' } })
  assert.is(variable.code, 'config')
  assert.match(variable.message, /^OPENLEDGER_BOOSTRAP: no setting/)
  assert.match(variable.next!, /^did you mean OPENLEDGER_BOOTSTRAP\?/)
})

test('a password is no setting of the environment’s, and needs no setting', async () => {
  assert.is((await read({ env: { OPENLEDGER_PASSWORD: 'swordfish', OTHER: '1' } })).log, 'info')
})

test('a wrong variable names itself', async () => {
  const error = await refused({ env: { OPENLEDGER_PEERS_TARGET: 'many' } })
  assert.match(error.message, /^OPENLEDGER_PEERS_TARGET: expected an integer from 0 to 64, got "many"/)
})

test('a wrong flag names itself, so that it counts as wrong usage', async () => {
  const error = await refused({ flags: { log: 'loud' } })
  assert.equal([error.code, error.message.split(':')[0]], ['malformed', '--log'])
})

test('a config that is not there', async () => {
  assert.match((await refused({ file: join(folder, 'none.json') })).message, /can't read the config: ENOENT/)
})

test('the address of the API', async () => {
  const api = async (text: string) => (await read({ flags: { api: text } })).api
  assert.equal(await api('0.0.0.0:8650'), { host: '0.0.0.0', port: 8650 })
  assert.equal(await api('[::1]:0'), { host: '::1', port: 0 })
  assert.equal(await api('node.example.org:65535'), { host: 'node.example.org', port: 65_535 })
  assert.is(await api('none'), null)
  for (const text of ['8650', 'host:', ':1', 'host:65536', 'host:99999', 'a:b:1', 'a b:1', '[x]:1'])
    assert.match((await refused({ flags: { api: text } })).message, /--api: expected HOST:PORT or none/, text)
})

test('a program that is told everything by other means sees no setting', () => {
  assert.equal(withoutSettings({ PATH: '/bin', OPENLEDGER_DATA: '/data', OPENLEDGER_PASSWORD: 'x' }), { PATH: '/bin' })
})
