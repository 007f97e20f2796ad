import * as assert from 'uvu/assert'
import { FinalWatch, type Watched } from '../../../scripts/kills/final-watch.ts'
import { suite } from '../../harness.ts'

const test = suite('scripts/kills/final-watch')

type Said = { readonly epoch: number; readonly checkpoint: string | null } | undefined

/** Answers one after the other, undefined for none; `told` resolves when the last was asked for. */
function nodeThatSays(name: string, answers: readonly Said[]): Watched & { readonly told: Promise<void> } {
  const left = [...answers]
  const { promise, resolve } = Promise.withResolvers<void>()
  const status = async () => {
    const said = left.shift()
    if (left.length === 0) resolve()
    if (said === undefined) throw new Error('unreachable')
    return said
  }
  return { name, data: '', client: { status } as unknown as Watched['client'], told: promise }
}

async function watched(...says: readonly (readonly Said[])[]): Promise<FinalWatch> {
  const nodes = says.map((answers, i) => nodeThatSays(`node${i}`, answers))
  const watch = new FinalWatch(nodes)
  watch.start()
  await Promise.all(nodes.map(({ told }) => told))
  await watch.stop()
  return watch
}

const at = (epoch: number, checkpoint: string | null = `cid${epoch}`): Said => ({ epoch, checkpoint })

test('nodes that agree, one of them killed and behind for a while, are in order', async () => {
  const watch = await watched([at(0, null), at(1), at(2), at(3)], [at(1), undefined, undefined, at(1), at(3)])
  assert.equal([watch.breaches, watch.epoch, watch.count], [[], 3, 3])
})

test('a node that comes back without what it said was final is found', async () => {
  const { breaches } = await watched([at(1), at(2), undefined, at(1)])
  assert.equal(breaches, ['node0: epoch 2 was final, after a kill the newest is 1'])
})

test('so is one that comes back at the genesis', async () => {
  const { breaches } = await watched([at(2), undefined, at(0, null)])
  assert.equal(breaches, ['node0: epoch 2 was final, after a kill the newest is 0'])
})

test('a second checkpoint of one epoch is found', async () => {
  const { breaches } = await watched([at(1), undefined, at(1, 'other')])
  assert.equal(breaches, ['node0: epoch 1 is other, it was cid1'])
})
