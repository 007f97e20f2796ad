import { Compile } from 'typebox/compile'
import * as assert from 'uvu/assert'
import { LedgerError } from '../../../consensus/errors.ts'
import { refKey, refText } from '../../../consensus/ref.ts'
import { attendance } from '../../../src/api/schema/attendance.ts'
import type { Lineage } from '../../../src/api/schema/lineage.ts'
import { StoredEconomy } from '../../../src/query/economy.ts'
import { checkpointOf } from '../../fixtures/proving.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('query/economy')

let ledger: SmallLedger
let economy: StoredEconomy
const newest = 9

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  economy = new StoredEconomy(ledger.driver.store)
})

test.after(() => ledger.driver.close())

type Name = keyof SmallLedger['refs']

const textOf = (name: Name): string => refText(ledger.refs[name])

async function lineage(name: Name, from = 1, to = newest): Promise<Lineage> {
  return (await economy.lineage(refKey(...ledger.refs[name]), { from, to }))!
}

async function refusal(ask: Promise<unknown>): Promise<string> {
  try {
    await ask
  } catch (error) {
    if (error instanceof LedgerError) return error.code
    throw error
  }
  throw new Error('it was answered')
}

test('a signal ends the work, and is thrown', async () => {
  const [range, gone] = [{ from: 1, to: newest }, AbortSignal.abort(new LedgerError('gone', 'nobody waits'))]
  assert.is(await refusal(economy.usage(range, gone)), 'gone')
  assert.is(await refusal(economy.busiest(range, 1, gone)), 'gone')
  assert.is(await refusal(economy.lineage(refKey(...ledger.refs.net), range, gone)), 'gone')
})

test('a signal ends the search for a datanet’s members too', async () => {
  const { store } = ledger.driver
  const { view } = store
  const gone = new AbortController()
  let looked = 0
  const counting = async () => {
    const opened = await view.call(store)
    const { cells } = opened
    const noting = async function* (...asked: Parameters<typeof cells>) {
      for await (const cell of cells.apply(opened, asked)) {
        if (++looked === 2) gone.abort(new LedgerError('gone', 'nobody waits'))
        yield cell
      }
    }
    return Object.assign(opened, { cells: noting })
  }
  Object.assign(store, { view: counting })
  try {
    const asked = economy.lineage(refKey(...ledger.refs.net), { from: 1, to: newest }, gone.signal)
    assert.equal([await refusal(asked), looked], ['gone', 2])
  } finally {
    Object.assign(store, { view })
  }
})

test('use adds up to what the checkpoints say, whatever the range', async () => {
  const { store } = ledger.driver
  for (const [from, to] of [
    [1, newest],
    [6, 6],
    [5, 8],
  ] as const) {
    const { spans } = await economy.usage({ from, to })
    const told = Array.from({ length: to - from + 1 }, (_, i) => checkpointOf(store, from + i))
    const sum = (of: (at: number) => number, count: number) =>
      Array.from({ length: count }, (_, i) => of(i)).reduce((a, b) => a + b, 0)
    assert.equal(
      spans.map(span => [span.from, span.to]),
      told.map(({ epoch }) => [epoch, epoch]),
    )
    assert.is(
      sum(i => spans[i]!.inferences, spans.length),
      sum(i => told[i]!.usage.inferences, told.length),
    )
    assert.is(
      sum(i => spans[i]!.payouts, spans.length),
      sum(i => told[i]!.usage.paid, told.length),
    )
    assert.is(
      sum(i => spans[i]!.fees, spans.length),
      sum(i => told[i]!.totals.fees, told.length),
    )
    assert.is(spans.at(-1)!.time, told.at(-1)!.time)
  }
})

test('the busiest come first, and all fees are told', async () => {
  const { busiest, count } = await economy.busiest({ from: 1, to: newest }, 10)
  const fees = busiest.map(each => each.fees)
  assert.equal(
    fees,
    [...fees].sort((a, b) => b - a),
  )
  assert.equal(new Map(busiest.map(({ name, kind }) => [name, kind])).get('shell bot'), 'agent')
  assert.is(busiest.find(({ name }) => name === 'shell bot')!.fees, 2_500_001)
  assert.is(count, busiest.length)
  const { spans } = await economy.usage({ from: 1, to: newest })
  const total = (list: readonly { fees: number }[]) => list.reduce((sum, { fees }) => sum + fees, 0)
  assert.is(total(busiest), total(spans))
  assert.is(
    busiest.reduce((sum, { times }) => sum + times, 0),
    spans.reduce((sum, { inferences, actions }) => sum + inferences + actions, 0),
  )
  assert.is((await economy.busiest({ from: 1, to: newest }, 1)).busiest.length, 1)
})

test('ranges that are empty, backwards, too long or yet to come are refused', async () => {
  const codes = [
    { from: 2, to: 1 },
    { from: 0, to: 1 },
    { from: 1, to: newest + 1 },
  ].map(range => refusal(economy.usage(range)))
  assert.equal(await Promise.all(codes), ['range', 'range', 'not-yet'])
})

test('a refinement leads down to its origins by its declared weights', async () => {
  const { nodes, edges, omitted } = await lineage('tar3')
  assert.is(nodes[0]!.ref, textOf('tar3'))
  assert.is(omitted, 0)
  const parents = edges
    .filter(({ relation }) => relation === 'parent')
    .map(({ from, to, weight }) => [from, to, weight])
  assert.equal(
    new Set(parents.map(String)),
    new Set(
      [
        [textOf('tar3'), textOf('tar2'), 1_000_000],
        [textOf('tar2'), textOf('tar'), 750_000],
        [textOf('tar2'), textOf('grep'), 250_000],
      ].map(String),
    ),
  )
  const kinds = new Map(nodes.map(({ ref, kind }) => [ref, kind]))
  assert.is(kinds.get(textOf('grep')), 'contribution')
  assert.is(kinds.get(textOf('helper')), 'model')
})

test('whatever comes to an asset goes on or is paid: nothing is lost on the drawing', async () => {
  for (const name of ['tar', 'tar3', 'helper', 'bot'] as const) {
    const { nodes, edges } = await lineage(name)
    const below = new Set([textOf(name)])
    // What stands above has other ways down, which aren't drawn.
    for (const ref of below) for (const { from, to } of edges) if (from === ref) below.add(to)
    for (const node of nodes) {
      if (!below.has(node.ref) || (node.kind !== 'contribution' && node.kind !== 'refinement')) continue
      const on = edges.filter(({ from }) => from === node.ref).reduce((sum, { amount }) => sum + amount, 0)
      assert.is(node.received, node.paid + on, `${name}: ${node.kind} ${node.name}`)
    }
  }
})

test('money of one epoch is told alone', async () => {
  const all = await lineage('tar3')
  const parts = await Promise.all(Array.from({ length: newest }, (_, i) => lineage('tar3', i + 1, i + 1)))
  const received = (of: Lineage) => of.nodes[0]!.received
  assert.is(
    parts.reduce((sum, part) => sum + received(part), 0),
    received(all),
  )
})

test('a datanet holds its contributions and refinements', async () => {
  const { edges } = await lineage('net')
  const members = edges.filter(({ relation }) => relation === 'member').map(({ to }) => to)
  assert.equal(new Set(members), new Set((['grep', 'tar', 'tar2', 'tar3', 'generated'] as const).map(textOf)))
})

test('what is no asset has no lineage', async () => {
  assert.is(await economy.lineage(refKey(...ledger.refs.main), { from: 1, to: newest }), undefined)
})

test('names are found by a part of them, in any case', async () => {
  const found = async (text: string) => (await economy.named(text)).items.map(({ type, id }) => [type, id])
  assert.equal(await found(' HELPER '), [['record', textOf('helper')]])
  assert.equal((await economy.named('shell')).items.map(({ label }) => label).sort(), [
    'agent "shell bot"',
    'datanet "shell help"',
  ])
  for (const text of ['no such name', '  ', textOf('tar')]) assert.equal(await found(text), [], text)
})

test('validators are told by how many certificates they could have signed', () => {
  const { epoch, looked, validators } = economy.attendance()
  assert.equal([epoch, looked], [newest, newest])
  assert.is(validators.length, 4)
  for (const { elected, signed } of validators) assert.ok(elected === newest && signed >= 0 && signed <= elected)
  assert.ok(validators.some(({ signed }) => signed > 0))
  assert.equal([...Compile(attendance).Errors(economy.attendance())], [])
})
