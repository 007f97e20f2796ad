import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { Cid } from '../../../consensus/cid.ts'
import {
  type AddOutcome,
  type Lane,
  Mempool,
  type MempoolLimits,
  type PendingBatch,
} from '../../../src/node/mempool.ts'
import { suite } from '../../harness.ts'

const test = suite('node/mempool')
const roomy: MempoolLimits = { bytesMax: 1e9, authorBytesMax: 1e9, authorBatchesMax: 1000, rivalsMax: 2 }

/** A letter per author and branch: `a1`, `a2` … follow each other, `a2x` is a rival of `a2` on `a1`. */
function batch(name: string, prev: string | null = before(name), rest: Partial<PendingBatch> = {}): PendingBatch {
  const seq = Number(name.slice(1).replace(/\D/g, ''))
  return {
    cid: cidOf(name),
    author: name[0]!,
    seq,
    prev: prev === null ? null : cidOf(prev),
    bytes: 100,
    arrival: 0,
    ...rest,
  }
}

function before(name: string): string | null {
  const seq = Number(name.slice(1).replace(/\D/g, ''))
  return seq === 1 ? null : `${name[0]}${seq - 1}`
}

function cidOf(name: string): Cid {
  const digest = new Uint8Array(32)
  digest.set(new TextEncoder().encode(name))
  return Cid.fromDigest(digest)
}

function textOf({ cid }: PendingBatch): string {
  return new TextDecoder().decode(cid.digest).replace(/\0/g, '')
}

function poolOf(...names: string[]): Mempool {
  const pool = new Mempool(roomy)
  for (const name of names) assert.is(pool.add(batch(name)), 'added')
  return pool
}

const start = { seq: 0, head: null }

test('a branch follows the head without a gap, in whatever order its batches came', () => {
  const pool = poolOf('a3', 'a1', 'a2', 'a5')
  assert.equal(pool.branch('a', start).map(textOf), ['a1', 'a2', 'a3'])
  assert.equal(pool.branch('a', { seq: 2, head: cidOf('a2') }).map(textOf), ['a3'])
  assert.equal(pool.branch('a', { seq: 2, head: cidOf('a2x') }).map(textOf), [], 'another branch is final')
  assert.equal(pool.branch('b', start), [])
})

test('of rivals the one that came first leads on', () => {
  const pool = poolOf('a1', 'a2x', 'a2', 'a3')
  assert.equal(pool.branch('a', start).map(textOf), ['a1', 'a2x'])
  assert.ok(pool.hasRival(batch('a2')))
  assert.not(pool.hasRival(batch('a1')))
})

test('who has waited longest comes first', () => {
  const pool = poolOf('c1', 'a1', 'b1', 'a2')
  assert.equal(pool.authors(), ['c', 'a', 'b'])
  pool.finalize('c', 1)
  assert.is(pool.add(batch('c2')), 'added')
  assert.equal(pool.authors(), ['a', 'b', 'c'])
})

test('a gap is told by the first batch beyond it', () => {
  const pool = poolOf('a1', 'a4', 'a5')
  assert.is(pool.gapBefore('a', start), 4)
  pool.add(batch('a2'))
  pool.add(batch('a3'))
  assert.is(pool.gapBefore('a', start), undefined)
  assert.is(pool.gapBefore('b', start), undefined)
})

test('each bound refuses, and what a cut needs goes past all of them', () => {
  const refused = (limits: Partial<MempoolLimits>, ...held: string[]): AddOutcome => {
    const pool = new Mempool({ ...roomy, ...limits })
    for (const name of held) pool.add(batch(name))
    const outcome = pool.add(batch('a9'))
    assert.is(pool.has(cidOf('a9')), false)
    assert.is(pool.add(batch('a9'), 'wanted'), 'added')
    assert.is(pool.add(batch('a9'), 'wanted'), 'known')
    return outcome
  }
  assert.is(refused({ bytesMax: 299 }, 'b1', 'c1'), 'full')
  assert.is(refused({ authorBytesMax: 299 }, 'a1', 'a2'), 'author-full')
  assert.is(refused({ authorBatchesMax: 2 }, 'a1', 'a2'), 'author-full')
  assert.is(refused({ rivalsMax: 1 }, 'a9x'), 'too-many-rivals')
})

test('what nobody pays for has an eighth of the room, and shuts nobody out who pays', () => {
  const pool = new Mempool({ ...roomy, bytesMax: 1_600 })
  assert.equal(
    ['a1', 'b2', 'c1'].map(name => pool.add(batch(name), 'free')),
    ['added', 'added', 'full'],
  )
  assert.is(pool.add(batch('c1')), 'added')
  assert.equal(pool.finalize('a', 1).map(textOf), ['a1'])
  assert.is(pool.add(batch('d1'), 'free'), 'added')
})

test('T9: it tells once of whom something came', () => {
  const pool = poolOf('a1', 'b1', 'a2')
  assert.equal(pool.takeArrived(), ['a', 'b'])
  assert.equal(pool.takeArrived(), [])
  pool.add(batch('c1'))
  assert.equal(pool.takeArrived(), ['c'])
})

test('of whom nothing is left it tells no more, however many came while nobody asked', () => {
  const pool = poolOf('a1', 'b1', 'a2')
  pool.finalize('a', 1)
  pool.finalize('b', 1)
  assert.equal(pool.takeArrived(), ['a'])
})

test('what is final leaves, rivals with it; what came before an epoch expires', () => {
  const pool = new Mempool(roomy)
  for (const [name, arrival] of [
    ['a1', 1],
    ['a1x', 2],
    ['a2', 3],
    ['b7', 1],
  ] as const)
    pool.add(batch(name, before(name), { arrival }))
  assert.equal(pool.finalize('a', 1).map(textOf), ['a1', 'a1x'])
  assert.equal([pool.count, pool.bytes], [2, 200])
  assert.equal(pool.expire(2).map(textOf), ['b7'])
  assert.equal(pool.expire(2), [])
  assert.equal(pool.authors(), ['a'])
  assert.equal([pool.count, pool.bytes, pool.has(cidOf('b7'))], [1, 100, false])
})

test('what only a cut wanted takes its place among the others after its epoch, or goes', () => {
  const pool = new Mempool({ ...roomy, bytesMax: 1_600 })
  const lanes: Record<string, Lane> = {
    a1: 'paid',
    a1x: 'wanted',
    a2: 'wanted',
    b1: 'wanted',
    c1: 'wanted',
    d1: 'free',
  }
  for (const [name, lane] of Object.entries(lanes)) pool.add(batch(name), lane)
  for (let i = 0; i < 20; i++) pool.add(batch(`e${i + 2}`), 'wanted')
  assert.is(pool.add(batch('f1')), 'full')
  pool.takeArrived()
  const dropped = pool.release(({ author }) => (author === 'a' ? 'paid' : 'free'))
  assert.equal(dropped.map(textOf).sort(), ['c1', ...Array.from({ length: 20 }, (_, i) => `e${i + 2}`)].sort())
  assert.equal([pool.count, pool.bytes, pool.has(cidOf('c1'))], [5, 500, false])
  assert.equal(pool.branch('a', start).map(textOf), ['a1', 'a2'], 'in the order in which they came')
  assert.equal(pool.authors(), ['a', 'b', 'd'])
  assert.equal(pool.takeArrived(), [], 'nothing of it is new')
  assert.is(pool.add(batch('f1')), 'added')
  assert.equal(
    pool.release(() => 'free'),
    [],
    'what has its place keeps it',
  )
})

test('after any history it holds what was added and not dropped, by seq and arrival', () => {
  const step = fc.record({
    author: fc.constantFrom('a', 'b'),
    seq: fc.integer({ min: 1, max: 6 }),
    twin: fc.boolean(),
    drop: fc.integer({ min: 0, max: 9 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const pool = new Mempool(roomy)
      let model: string[] = []
      for (const { author, seq, twin, drop } of steps) {
        const name = `${author}${seq}${twin ? 'x' : ''}`
        if (pool.add(batch(name)) === 'added') model.push(name)
        if (drop !== 0) continue
        pool.finalize(author, seq)
        model = model.filter(held => held[0] !== author || batch(held).seq > seq)
      }
      assert.is(pool.count, model.length)
      assert.is(pool.bytes, 100 * model.length)
      assert.equal(pool.authors(), [...new Set(model.map(name => name[0]!))])
      const first = model.find(name => name.startsWith('a1'))
      assert.is(pool.branch('a', start)[0] && textOf(pool.branch('a', start)[0]!), first)
    }),
  )
})
