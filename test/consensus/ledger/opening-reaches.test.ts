/** F3: what models reach is held up to a bound, whoever asks for how many of them. */
import * as assert from 'uvu/assert'
import { OpeningReaches } from '../../../consensus/ledger/opening-reaches.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/opening-reaches')

const entriesOf = (model: string) => Array.from({ length: 10 }, (_, i) => `${model}.${i}`)

/** Room for ten models of ten entries each. */
function counted() {
  const reads: string[] = []
  const read = (model: string) => {
    reads.push(model)
    return entriesOf(model)
  }
  const reaches = new OpeningReaches(read, 100)
  const kept = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => reaches.keep(`${from + i}`, entriesOf(`${from + i}`)))
  return { reaches, reads, kept }
}

test('never more than the bound is held, and each answers as it was read', () => {
  const { reaches, reads, kept } = counted()
  const all = kept(0, 1_000)
  for (let i = 0; i < 3; i++) {
    for (const [model, reach] of all.entries()) {
      assert.is(reach.length, 10)
      assert.equal([...reach], entriesOf(`${model}`))
      assert.ok(reaches.held <= 100, `${reaches.held} are held`)
    }
  }
  assert.is(reads.length, 3_000)
})

test('few are held for good, and one that is asked for again and again outlasts any number of others', () => {
  const { reads, kept } = counted()
  const few = kept(0, 5)
  for (let i = 0; i < 3; i++) for (const reach of few) assert.is([...reach].length, 10)
  assert.equal(reads, [])
  for (let i = 0; i < 100; i++) {
    kept(10 + i, 1)
    assert.equal([...few[2]!], entriesOf('2'))
  }
  assert.equal(reads, [])
  assert.equal([...few[0]!], entriesOf('0'))
  assert.equal(reads, ['0'])
})

test('a reach that alone is above the bound is answered all the same', () => {
  const { reaches, kept } = counted()
  const wide = Array.from({ length: 200 }, (_, i) => `${i}`)
  assert.equal([...reaches.keep('wide', wide)], wide)
  kept(0, 1)
  assert.ok(reaches.held <= 210)
  assert.equal([...reaches.keep('none', [])], [])
})
