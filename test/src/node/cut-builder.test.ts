import * as fc from 'fast-check'
import * as assert from 'uvu/assert'
import { Cid } from '../../../consensus/cid.ts'
import { byteFees, cutAuthorsMax, freeBytesMax, roundBytesMax } from '../../../consensus/ledger/cut-rules.ts'
import { defaultParams, type Params } from '../../../consensus/params.ts'
import { buildCut, type CutContext, censoredBatch, hasIncludable } from '../../../src/node/cut-builder.ts'
import { Mempool } from '../../../src/node/mempool.ts'
import { suite } from '../../harness.ts'

const test = suite('node/cut-builder')
const kib = 1024
const mib = 1024 * kib
const params: Params = { ...defaultParams, maxEpochBytes: 8 * mib, bytePrice: 1 }

interface Pending {
  readonly author: string
  readonly seq?: number
  readonly bytes: number
  readonly arrival?: number
  readonly twin?: boolean
}

function cidOf(author: string, seq: number, twin = false): Cid {
  const digest = new Uint8Array(32)
  digest.set(new TextEncoder().encode(`${author}/${seq}/${twin}`))
  return Cid.fromDigest(digest)
}

/** Authors have `balances`, by name, or plenty. */
function contextOf(
  pending: readonly Pending[],
  balances: Record<string, number> = {},
  change: Partial<Params> = {},
): CutContext {
  const mempool = new Mempool({ bytesMax: 1e12, authorBytesMax: 1e12, authorBatchesMax: 1e6, rivalsMax: 4 })
  for (const { author, seq = 1, bytes, arrival = 0, twin = false } of pending) {
    const prev = seq === 1 ? null : cidOf(author, seq - 1)
    mempool.add({ cid: cidOf(author, seq, twin), author, seq, prev, bytes, arrival })
  }
  const account = (author: string) => ({ balance: balances[author] ?? 1e9, credit: 0, seq: 0, head: null })
  return { params: { ...params, ...change }, epoch: 10, mempool, account }
}

const shown = (context: CutContext, round = 0) => buildCut(context, round).map(({ author, seq }) => `${author}${seq}`)
const half = 512 * kib

test('T5: what has waited longest goes first, and each round has half the room, one MiB at least', () => {
  const many = Array.from({ length: 16 }, (_, i) => ({ author: String.fromCharCode(112 - i), bytes: half }))
  const context = contextOf(many)
  assert.is(shown(context, 0).length, 16)
  assert.is(shown(context, 1).length, 8)
  assert.equal(shown(context, 2), ['m1', 'n1', 'o1', 'p1'])
  for (const round of [3, 4, 40, 1_000_000]) assert.equal(shown(context, round), ['o1', 'p1'])
})

test('an author gets a quarter of a cut at most, and as much of its branch as fits', () => {
  const branch = [1, 2, 3, 4, 5].map(seq => ({ author: 'a', seq, bytes: half }))
  assert.equal(shown(contextOf([...branch, { author: 'b', bytes: half }])), ['a4', 'b1'])
  assert.equal(shown(contextOf([{ author: 'a', bytes: 2 * mib + 1 }])), [])
})

test('who cannot pay rides free with a little, as long as the lane has room', () => {
  const poor = Array.from({ length: 70 }, (_, i) => ({ author: `p${i}`, bytes: freeBytesMax }))
  const balances = Object.fromEntries(poor.map(({ author }) => [author, 0]))
  assert.is(shown(contextOf(poor, balances)).length, (8 * mib) / 8 / freeBytesMax)
  assert.equal(shown(contextOf([{ author: 'p0', bytes: freeBytesMax + 1 }], balances)), [])
  assert.equal(shown(contextOf([{ author: 'p0', bytes: freeBytesMax + 1 }], balances, { bytePrice: 0 })), ['p01'])
  const growing = [1, 2, 3].map(seq => ({ author: 'a', seq, bytes: 100 * kib }))
  assert.equal(shown(contextOf(growing, { a: 200 })), ['a2'], 'as far as the balance goes')
})

test('T5: a cut has 20,000 authors at most', () => {
  const crowd = Array.from({ length: cutAuthorsMax + 5 }, (_, i) => ({ author: `${i}`.padStart(6, '0'), bytes: 100 }))
  const cut = buildCut(contextOf(crowd), 0)
  assert.is(cut.length, cutAuthorsMax)
  assert.is(cut.at(-1)!.author, `${cutAuthorsMax - 1}`.padStart(6, '0'), 'the youngest wait')
  const parts = crowd.map(({ author, bytes }) => ({ author, bytes, balance: 1e9 }))
  assert.throws(
    () => byteFees(params, parts),
    (error: { code: string }) => error.code === 'cut-authors',
  )
  assert.is(byteFees(params, parts.slice(0, cutAuthorsMax)).length, cutAuthorsMax)
})

test('any cut that is built keeps the rules that execution checks', () => {
  const authors = ['a', 'b', 'c', 'd', 'e']
  const pending = fc.array(
    fc.record({
      author: fc.constantFrom(...authors),
      seq: fc.integer({ min: 1, max: 5 }),
      bytes: fc.integer({ min: 300, max: half }),
    }),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(
      pending,
      fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 5, maxLength: 5 }),
      fc.nat(4),
      (held, money, round) => {
        const balances = Object.fromEntries(authors.map((author, i) => [author, money[i]!]))
        const context = contextOf(held, balances)
        const cut = buildCut(context, round)
        const parts = cut.map(({ author, seq }) => {
          const branch = context.mempool.branch(author, { seq: 0, head: null }).slice(0, seq)
          return { author, bytes: branch.reduce((sum, { bytes }) => sum + bytes, 0), balance: balances[author]! }
        })
        byteFees(params, parts)
        const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
        assert.ok(bytes <= roundBytesMax(params, round))
        assert.equal(
          cut.map(({ author }) => author),
          cut.map(({ author }) => author).sort(),
        )
        if (round === 0) assert.is(censoredBatch(context, cut, bytes), undefined, 'an honest cut passes T11')
      },
    ),
  )
})

const includable = (context: CutContext) => hasIncludable(context, context.mempool.authors())

test('T9: there is something to decide on if anything fits', () => {
  assert.not(includable(contextOf([])))
  assert.not(includable(contextOf([{ author: 'a', seq: 2, bytes: 100 }])))
  assert.not(includable(contextOf([{ author: 'a', bytes: 100 * kib }], { a: 99 })))
  assert.ok(includable(contextOf([{ author: 'a', bytes: 100 * kib }], { a: 100 })))
})

const old = { bytes: 10 * kib, arrival: 8 }

test('T11: a batch held for two decisions may not be left out', () => {
  const context = contextOf([
    { author: 'a', ...old },
    { author: 'b', ...old },
  ])
  const cut = [{ author: 'a', seq: 1, batch: cidOf('a', 1) }]
  assert.is(censoredBatch(context, cut, 10 * kib)?.author, 'b')
  assert.is(censoredBatch(context, buildCut(context, 0), 20 * kib), undefined)
})

test('T11: exceptions: too young, no room, an author over its share, unaffordable, behind a gap or a rival', () => {
  const censored = (pending: Pending[], cutBytes = 0, balances = {}) =>
    censoredBatch(contextOf(pending, balances), [], cutBytes)?.seq
  assert.is(censored([{ author: 'a', ...old }]), 1)
  assert.is(censored([{ author: 'a', ...old, arrival: 9 }]), undefined)
  assert.is(censored([{ author: 'a', ...old }], 8 * mib - 10 * kib), 1)
  assert.is(censored([{ author: 'a', ...old }], 8 * mib - 10 * kib + 1), undefined)
  assert.is(censored([{ author: 'a', ...old, bytes: 2 * mib + 1 }]), undefined)
  assert.is(censored([{ author: 'a', ...old }], 0, { a: 9 }), undefined, "the free lane is nobody's right")
  assert.is(censored([{ author: 'a', ...old, seq: 2 }]), undefined)
  assert.is(
    censored([
      { author: 'a', ...old },
      { author: 'a', ...old, twin: true },
    ]),
    undefined,
  )
})

test('T11: after a rival nothing of the branch is owed: the proposer may have taken the other', () => {
  const context = contextOf([
    { author: 'a', ...old },
    { author: 'a', ...old, twin: true },
    { author: 'a', ...old, seq: 2 },
  ])
  assert.is(censoredBatch(context, [{ author: 'a', seq: 1, batch: cidOf('a', 1, true) }], 10 * kib), undefined)
})

test('T11: the second batch of an author is owed too, with room for all that is left out', () => {
  const context = contextOf([
    { author: 'a', ...old },
    { author: 'a', ...old, seq: 2 },
  ])
  const cut = [{ author: 'a', seq: 1, batch: cidOf('a', 1) }]
  assert.is(censoredBatch(context, cut, 10 * kib)?.seq, 2)
})
