import * as assert from 'uvu/assert'
import { batchFrame } from '../../../network/protocols/batches.ts'
import type { Node } from '../../../src/node/node.ts'
import { type Author, hears, Nodes, sameHead } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { handlers, start, stopAll } from '../../network/net.ts'

const test = suite('node/agreeing')
const nodes = new Nodes({ authors: ['ana', 'bo', 'cy', 'di', 'ed'] })
let validators: Node[] = []
const [ana, bo, cy] = ['ana', 'bo', 'cy'].map(name => nodes.author(name)) as [Author, Author, Author]

test.before(async () => {
  validators = await nodes.startValidators(4)
})
test.after(() => nodes.stopAll())

test('a batch may be given to any node; all end at the same checkpoint', async () => {
  for (const [i, node] of validators.entries()) {
    const { bytes, cid } = ana.transfer('bo', 1 + i)
    assert.is((await node.submit(bytes)).outcome, 'accepted')
    await nodes.final(cid, validators)
  }
  const epoch = Math.max(...validators.map(({ ledger }) => ledger.head.epoch))
  await nodes.reach(epoch, validators)
  assert.ok(sameHead(validators))
  assert.is(validators[3]!.ledger.account(bo.account).balance, 1_000_000_000 + 1 + 2 + 3 + 4)
})

test('T9: with nothing to finalize no epoch begins before 60 s have passed', async () => {
  const { epoch } = validators[0]!.ledger.head
  await new Promise(resolve => setTimeout(resolve, 4 * nodes.params.epochMs))
  assert.equal(
    validators.map(({ ledger, round }) => [ledger.head.epoch, round]),
    validators.map(() => [epoch, null]),
  )
})

test('a full node without a vote key follows, and passes on what is submitted to it', async () => {
  const full = await nodes.start('full')
  const all = [...validators, full]
  await nodes.reach(validators[0]!.ledger.head.epoch, all)
  const { bytes, cid } = cy.transfer()
  await full.submit(bytes)
  await nodes.final(cid, all)
  await nodes.until('one head', () => sameHead(all))
  assert.is(full.validator, null)
  await nodes.stop('full')
})

test('R5: of two batches with one seq given to different nodes one is final, the other void everywhere', async () => {
  const record = (amount: number) => ({ kind: 'transfer', to: ana.key.publicKey, amount }) as const
  const twins = [bo.sign(1, null, [record(1)]), bo.sign(1, null, [record(2)])]
  await Promise.all(twins.map((twin, i) => validators[i]!.submit(twin.bytes)))
  const isFinal = (node: Node) => twins.filter(({ cid }) => node.store.outcomes.get(cid) !== undefined)
  await nodes.until('one is final', () => validators.every(node => isFinal(node).length > 0))
  const [winner, ...more] = isFinal(validators[0]!)
  assert.is(more.length, 0)
  const loser = twins.find(twin => twin !== winner)!
  for (const node of validators) {
    assert.equal(isFinal(node), [winner])
    const isGone = () => node.store.batches.get(loser.cid) === undefined && !node.mempool.has(loser.cid)
    await nodes.until('the rival is gone', isGone)
    const refusal = await node.submit(loser.bytes).catch(error => error.code)
    assert.is(refusal, 'batch-void')
  }
  // Signed again on the new head.
  const again = bo.sign(2, winner!.cid, [record(3)])
  await validators[2]!.submit(again.bytes)
  await nodes.final(again.cid, validators)
})

test('an author beyond its bounds is refused, others go on', async () => {
  const flooder = nodes.author('di')
  const batches = Array.from({ length: 12 }, () => flooder.transfer())
  const { bytes: first } = batches[0]!
  // A chain without its first batch can't be finalized, so it stays.
  const rivals = Array.from({ length: 5 }, (_, i) =>
    flooder.sign(2, batches[0]!.cid, [{ kind: 'transfer', to: ana.key.publicKey, amount: 10 + i }]),
  )
  const outcomes = []
  for (const rival of rivals)
    outcomes.push(
      await validators[0]!.submit(rival.bytes).then(
        ({ outcome }) => outcome,
        ({ code }) => code,
      ),
    )
  assert.equal(outcomes, ['accepted', 'accepted', 'accepted', 'accepted', 'batch-void'])
  const { bytes, cid } = cy.transfer()
  await validators[0]!.submit(bytes)
  await nodes.final(cid, validators)
  await validators[1]!.submit(first)
  await nodes.final(batches[0]!.cid, validators)
})

test('what gossip lost in the middle of a chain is fetched from whoever told of the rest', async () => {
  const ed = nodes.author('ed')
  const [first, second, third] = [ed.transfer(), ed.transfer(), ed.transfer()]
  const peer = await start({
    chain: nodes.chain,
    bootstrap: [validators[0]!.network.addrs()[0]!],
    handlers: {
      ...handlers(),
      *batches(request) {
        if ('cids' in request) return
        for (const { seq, bytes } of [first, second]) if (seq >= request.from && seq <= request.to) yield bytes
      },
    },
  })
  await nodes.until('it is heard', () => hears(validators[0]!) >= 4)
  // Gossip is told once: before the peer knows that somebody listens, it would tell nobody.
  await nodes.until('it knows a listener', () => peer.peers().some(({ topics }) => topics.includes('batches')))
  await peer.publish('batches', batchFrame.encode(third.bytes))
  await nodes.final(third.cid, validators)
  await stopAll()
})

test('nothing went wrong meanwhile', () => {
  assert.equal(nodes.errors, [])
})
