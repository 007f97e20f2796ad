import * as assert from 'uvu/assert'
import { explorerLink } from '../../../src/api/explorer-link.ts'
import type { NodeStatus } from '../../../src/api/node-view.ts'
import { startText } from '../../../src/cli/start-report.ts'
import type { Daemon } from '../../../src/daemon/daemon.ts'
import { suite } from '../../harness.ts'

const test = suite('cli/start-report')
const status = {
  chain: 'bafychain',
  epoch: 0,
  peerId: '12D3KooPeer',
  addrs: ['/ip4/1.2.3.4/tcp/1', '/ip4/1.2.3.4/tcp/2'],
}
const daemon = {
  api: 'http://127.0.0.1:8650',
  token: 'secret-token',
  data: '/data',
  account: '/data/development/account.json',
}
const text = (more: object = {}) =>
  startText(status as unknown as NodeStatus, { ...daemon, ...more } as unknown as Daemon)

test('whoever starts a node reads where everything is, and how to end it', () => {
  assert.is(
    text(),
    `
The node is up.

  network    a development network of its own, with one funded account
  account    /data/development/account.json
  epoch      0, the genesis
  peer       12D3KooPeer
  addresses  /ip4/1.2.3.4/tcp/1
             /ip4/1.2.3.4/tcp/2
  API        http://127.0.0.1:8650
  explorer   http://127.0.0.1:8650/
  token      secret-token, to write over the API
  data       /data
  ask it     npm run -s openledger -- status --data /data
  stop it    Ctrl-C
`.replace(
      'npm run -s openledger --',
      process.env.npm_lifecycle_event === undefined ? 'openledger' : 'npm run -s openledger --',
    ),
  )
})

test('on another network its chain; without an API no link to it, and no token', () => {
  const told = text({ account: null, api: null })
  assert.match(told, /^ {2}network {4}bafychain$/m)
  assert.not.match(told, /account|explorer|token/)
  assert.match(told, /^ {2}API {8}only the socket in the data folder$/m)
})

test('an API on every address is opened on this machine', () => {
  assert.is(explorerLink('http://0.0.0.0:8650'), 'http://127.0.0.1:8650/')
  assert.is(explorerLink('http://[::]:8650'), 'http://127.0.0.1:8650/')
  assert.is(explorerLink('http://10.0.0.1:8650'), 'http://10.0.0.1:8650/')
})
