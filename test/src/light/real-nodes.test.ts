import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { accountText } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { type Client, startClient } from '../../../network/client.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
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
let client: Client
let peer: string

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
  const own = ['light', '--json', '--account', accountText(account.publicKey), '--peer', ...peers]
  const { stdout, json } = await openledger([...own, ...args])
  assert.ok(json().ok, stdout)
  return json().data as unknown as Data
}

test.before(async () => {
  running = await nodes.startValidators(2)
  await nodes.makeEpochs(5, nodes.author('ana'), running[0]!, running)
})
test.before(async () => {
  client = await startClient({ peerSeed: new Uint8Array(32).fill(77), agent: 'light/test' })
  peer = await client.connect(running[0]!.network.addrs()[0]!)
})
test.after(async () => {
  await client.stop()
  await nodes.stopAll()
})

const checkpointOf = (epoch: number) => running[0]!.store.epochs.get(epoch)!.checkpoint
const cidOf = (epoch: number) => `${Cid.of(nativeCrypto, checkpointOf(epoch))}`

test('from the genesis to the head, with a witness; the next run goes on from there', async () => {
  const { root, head, witnesses, failures, checks } = await light('--trust', `${nodes.chain}`, '--data', dir)
  assert.equal([root.epoch, root.cid, root.source, root.old], [0, `${nodes.chain}`, 'named', false])
  assert.equal([head.epoch, head.cid], [5, cidOf(5)])
  assert.equal([witnesses.map(({ verdict }) => verdict), failures, checks], [['agrees'], [], 1])
  const again = await light('--data', dir)
  assert.equal([again.root.epoch, again.head.cid, again.checks], [0, head.cid, 0])
})

test('from any checkpoint by its CID; an earlier epoch beside it', async () => {
  const { root, head, asked } = await light('--trust', cidOf(3), '--epoch', '2')
  assert.equal([root.epoch, root.cid, head.epoch, head.cid], [3, cidOf(3), 5, cidOf(5)])
  assert.equal([asked?.epoch, asked?.cid], [2, cidOf(2)])
})

test('people are told what is trusted, how old it is, and that one peer alone is no witness', async () => {
  const [node] = running
  const args = ['light', '--account', accountText(account.publicKey), '--trust', `${nodes.chain}`]
  const { stdout } = await openledger([...args, '--peer', node!.network.addrs()[0]!])
  assert.match(stdout, /as of +epoch 5, \d+ seconds ago, bafy/)
  assert.match(stdout, /trusting +the genesis, \d+ seconds old, bafy\w+, which you named/)
  // It told of the other one.
  assert.match(stdout, /witnesses +1 other peers show the same checkpoint|witnesses +none/)
})

test('before the first epoch there is nothing to state', async () => {
  const young = new Nodes({ validators: 1 })
  const node = await young.start('val0')
  const file = join(tempFolder(), 'earned.json')
  const args = ['light', '--json', '--account', accountText(account.publicKey), '--trust', `${young.chain}`]
  const { status, json } = await openledger([...args, '--peer', node.network.addrs()[0]!, '--statement', file])
  assert.equal([status, json().error?.code, existsSync(file)], [1, 'not-yet', false])
  await young.stopAll()
})

test('without a word on what to trust, two peers are too few', async () => {
  const peers = running.map(node => node.network.addrs()[0]!)
  const { status, json } = await openledger([
    'light',
    '--json',
    '--account',
    accountText(account.publicKey),
    '--peer',
    ...peers,
  ])
  assert.equal([status, json().error?.code], [1, 'few-peers'])
})

test('a node serves light blocks in the order asked for, each set once, and none of what is known', async () => {
  const frames = await client.request.headers(peer, { epochs: [4, 2, 99, 5], known: [] })
  assert.equal(
    frames.map(({ checkpoint }) => `${Cid.of(nativeCrypto, checkpoint)}`),
    [cidOf(4), cidOf(2), cidOf(5)],
  )
  assert.equal(
    frames.map(({ blocks }) => blocks.length),
    [2, 0, 0],
  )
  const known = frames[0]!.blocks.map(block => Cid.of(nativeCrypto, block))
  const [again] = await client.request.headers(peer, { checkpoint: Cid.fromText(cidOf(4)), known })
  assert.equal([again!.checkpoint, again!.blocks.length], [frames[0]!.checkpoint, 0])
  assert.equal(await client.request.headers(peer, { checkpoint: nodes.chain, known: [] }), [])
})

test('bare checkpoints from one epoch down to another, and nothing beyond the head', async () => {
  const frames = await client.request.headers(peer, { from: 4, to: 2 })
  assert.equal(
    frames.map(({ checkpoint }) => checkpoint),
    [4, 3, 2].map(checkpointOf),
  )
  assert.ok(frames.every(({ certificate, blocks }) => certificate.length === 0 && blocks.length === 0))
  assert.equal(await client.request.headers(peer, { from: 99, to: 1 }), [])
})

test('the genesis by its chain, from any offset', async () => {
  assert.equal(await client.request.genesis(peer, { chain: nodes.chain, offset: 0 }), [nodes.genesis])
  assert.equal(await client.request.genesis(peer, { chain: nodes.chain, offset: 9 }), [nodes.genesis.subarray(9)])
  assert.equal(await client.request.genesis(peer, { chain: nodes.chain, offset: nodes.genesis.length }), [])
  assert.equal(await client.request.genesis(peer, { chain: Cid.fromText(cidOf(1)), offset: 0 }), [])
})
