// runs alone: four nodes, and waits that a busy machine stretches
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { Node } from '../../../src/node/node.ts'
import { hears, Nodes, sameHead } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/recovery')
const nodes = new Nodes({ params: { epochMs: 100 } })
const ana = nodes.author('ana')
let validators: Node[] = []

test.before(async () => {
  validators = await nodes.startValidators(4)
})
test.after(() => nodes.stopAll())

test('one of four down: the others go on; back on its folder it catches up', async () => {
  await nodes.makeEpochs(2, ana, validators[0]!, validators)
  await nodes.stop('val3')
  const others = validators.slice(0, 3)
  await nodes.makeEpochs(5, ana, validators[0]!, others)
  const back = await nodes.start('val3')
  assert.ok(back.ledger.head.epoch <= validators[0]!.ledger.head.epoch - 5)
  validators = [...others, back]
  await nodes.reach(validators[0]!.ledger.head.epoch, validators)
  await nodes.makeEpochs(1, ana, back, validators)
  assert.ok(sameHead(validators))
})

test('a node that joins with nothing but the genesis gets every epoch', async () => {
  const joiner = await nodes.start('joiner')
  await nodes.reach(validators[0]!.ledger.head.epoch, [joiner], 20_000)
  assert.equal(joiner.ledger.account(ana.account), validators[0]!.ledger.account(ana.account))
  assert.not(joiner.isSyncing)
  await nodes.stop('joiner')
})

test('T8: two of four down: nothing is decided; back again, all decide without a restart of the rest', async () => {
  await nodes.stop('val2')
  await nodes.stop('val3')
  const rest = validators.slice(0, 2)
  const { epoch } = rest[0]!.ledger.head
  const { bytes, cid } = ana.transfer()
  await rest[0]!.submit(bytes)
  await nodes.until('they try', () => rest.every(({ round }) => round !== null))
  await sleep(1_000)
  assert.equal(
    rest.map(({ ledger }) => ledger.head.epoch),
    [epoch, epoch],
  )
  validators = [...rest, await nodes.start('val2'), await nodes.start('val3')]
  await nodes.final(cid, validators, 20_000)
})

test('two against two: nothing is decided apart; healed, all decide within 10 s', async () => {
  await nodes.until('all hear all', () => validators.every(node => hears(node) >= 3))
  const ids = validators.map(({ network }) => network.peerId)
  const groups = [ids.slice(0, 2), ids.slice(2)]
  for (const { network } of validators) network.faults!.set({ groups })
  await nodes.until('apart', () => validators.every(({ network }) => network.peers().length <= 1))
  const { epoch } = validators[0]!.ledger.head
  const { bytes, cid } = ana.transfer()
  await Promise.all([validators[0]!.submit(bytes), validators[3]!.submit(bytes)])
  await nodes.until('both sides try', () => validators.every(({ round }) => round !== null))
  await sleep(1_000)
  assert.ok(validators.every(({ ledger }) => ledger.head.epoch === epoch))
  for (const { network } of validators) network.faults!.set({})
  await nodes.final(cid, validators, 10_000)
})

test('told to halt, all end at the same epoch and vote for none beyond', async () => {
  const last = validators[0]!.ledger.head.epoch + 3
  for (const node of validators) node.haltAfter(last)
  const extra = ana.transfer()
  for (let i = 0; i < 3; i++) {
    await nodes.until('a batch is final', () => validators[0]!.mempool.count === 0)
    await validators[i]!.submit((i === 0 ? extra : ana.transfer()).bytes)
    await nodes.reach(last - 2 + i, validators)
  }
  assert.equal(await Promise.all(validators.map(({ done }) => done)), [undefined, undefined, undefined, undefined])
  await validators[0]!.submit(ana.transfer().bytes)
  await sleep(500)
  assert.equal(
    validators.map(({ ledger, round }) => [ledger.head.epoch, round]),
    validators.map(() => [last, null]),
  )
  assert.ok(sameHead(validators))
})

test('nothing went wrong meanwhile', () => {
  assert.equal(nodes.errors, [])
})
