import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { accountText } from '../../consensus/account.ts'
import { toHex } from '../../consensus/bytes.ts'
import { protocolKnown } from '../../consensus/params.ts'
import type { NodeStatus } from '../../src/api/node-view.ts'
import { keyOf, voteKeyOf } from '../fixtures/nodes.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { answer, refusal } from './program.ts'

const test = suite('e2e/protocol')

test('a node that does not know the protocol in force ends with a clear word, and its data is intact', async () => {
  const folder = tempFolder()
  const [spec, genesis, data] = ['spec.json', 'genesis.cbor', 'node'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const account = accountText(keyOf('val0').publicKey)
  const validator = { account, key: toHex(voteKeyOf('val0').publicKey), stake: '1000', name: 'val0' }
  const params = { protocol: protocolKnown + 1 }
  writeFileSync(spec, JSON.stringify({ name: 'later', params, validators: [validator] }))
  await answer(['genesis', 'new', spec, '--out', genesis])
  const where = ['--api', '127.0.0.1:0', '--listen', '/ip4/127.0.0.1/tcp/0', '--log', 'silent']
  const { status, code, message, next } = await refusal(['start', '--data', data, '--genesis', genesis, ...where])
  assert.equal([status, code], [1, 'protocol'])
  assert.match(message, `protocol ${protocolKnown + 1} is in force`)
  assert.match(message, 'the data is intact')
  assert.match(next, 'update')
  await answer(['verify', '--data', data])
  assert.is((await answer<NodeStatus>(['status', '--data', data])).epoch, 0)
})
