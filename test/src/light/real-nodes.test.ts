import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { Node } from '../../../src/node/node.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { openledger } from '../cli/program.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('light/real-nodes')
const nodes = new Nodes({ validators: 2 })
const account = nodes.author('ana').key
const dir = join(tempFolder(), 'light')
let running: Node[]

interface Data {
  readonly root: { epoch: number; cid: string; source: string; old: boolean }
  readonly head: { epoch: number; cid: string; payoutRoot: string }
  readonly asked?: { epoch: number; cid: string }
  readonly witnesses: { verdict: string }[]
  readonly failures: object[]
  readonly checks: number
}

async function light(...args: string[]): Promise<Data> {
  const peers = running.map(node => node.network.addrs()[0]!)
  const { accountText } = await import('../../../consensus/account.ts')
  const own = ['light', '--json', '--account', accountText(account.publicKey), '--peer', ...peers]
  const { stdout, json } = await openledger([...own, ...args])
  assert.ok(json().ok, stdout)
  return json().data as unknown as Data
}

test.before(async () => {
  running = await nodes.startValidators(2)
  await nodes.makeEpochs(5, nodes.author('ana'), running[0]!, running)
})
test.after(() => nodes.stopAll())

const cidOf = (epoch: number) => `${running[0]!.store.epochs.get(epoch) && running[0]!.ledger.head.cid}`

test('from the genesis to the head, with a witness; the next run goes on from there', async () => {
  const { root, head, witnesses, failures, checks } = await light('--trust', `${nodes.chain}`, '--data', dir)
  assert.equal([root.epoch, root.cid, root.source, root.old], [0, `${nodes.chain}`, 'named', false])
  assert.equal([head.epoch, head.cid], [5, cidOf(5)])
  assert.equal([witnesses.map(({ verdict }) => verdict), failures, checks], [['agrees'], [], 1])
  const again = await light('--data', dir)
  assert.equal([again.root.epoch, again.head.cid, again.checks], [0, head.cid, 0])
})
