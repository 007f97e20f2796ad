// runs alone: waits that a busy machine stretches
import * as assert from 'uvu/assert'
import { Nodes, sameHead } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/hand-over')
const nodes = new Nodes()

test.after(() => nodes.stopAll())

test('T9: a batch that came before any peer did is not left waiting until the next idle epoch', async () => {
  const first = await nodes.start('val0')
  const { bytes, cid } = nodes.author('ana').transfer()
  await first.submit(bytes)
  await nodes.until('it begins an epoch', () => first.round !== null)
  const others = [await nodes.start('val1'), await nodes.start('val2'), await nodes.start('val3')]
  const validators = [first, ...others]
  await nodes.final(cid, validators, 20_000)
  await nodes.until('one head', () => sameHead(validators))
  assert.equal(nodes.errors, [])
})
