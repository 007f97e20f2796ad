import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { parseAccountKey } from '../../../consensus/account.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { outcomes } from '../../../consensus/ledger/outcome.ts'
import { parseRef } from '../../../consensus/ref.ts'
import { parseScenario } from '../../../src/scenario/parse.ts'
import { type RunResult, runScenario } from '../../../src/scenario/runner.ts'
import type { Scenario } from '../../../src/scenario/scenario.ts'
import { suite } from '../../harness.ts'
import { genesisOf, keyOf, MemoryLedger } from '../memory-ledger.ts'
import { MemoryNode } from '../memory-node.ts'

const test = suite('scenario/runner')

type Line = Record<string, unknown>

function read(lines: readonly Line[]): Scenario {
  const text = lines.map(line => JSON.stringify(line)).join('\n')
  return parseScenario([{ name: 'test', text }], { accountOf: actor => keyOf(actor).publicKey })
}

function network(scenario: Scenario, count = 1): { ledger: MemoryLedger; nodes: MemoryNode[] } {
  const ledger = new MemoryLedger(genesisOf(scenario.funds))
  return { ledger, nodes: Array.from({ length: count }, () => new MemoryNode(ledger)) }
}

async function play(scenario: Scenario): Promise<RunResult & { ledger: MemoryLedger }> {
  const { ledger, nodes } = network(scenario)
  return { ledger, ...(await runScenario({ scenario, nodes, keyOf, chain: ledger.chain, epoch: 0 })) }
}

/** Somebody to pay, something to pay for, and a session of 10 OPEN. */
const market: readonly Line[] = [
  { actor: 'uma', do: 'fund', amount: '50' },
  { actor: 'di', do: 'model', as: 'helper', name: 'helper', price: { in: '0', out: '0' } },
  { actor: 'uma', do: 'session', as: 's', payee: '@@eve', deposit: '10' },
]

const fee = (amount: string, more: Line = {}): Line => ({
  actor: 'eve',
  do: 'inference',
  session: '@s',
  model: '@helper',
  tokensIn: 1,
  tokensOut: 1,
  fee: amount,
  ...more,
})

const vouchersOf = (ledger: MemoryLedger) =>
  [...ledger.batches.values()].flatMap(({ batch }) => batch.records.filter(record => record.kind === 'voucher'))

test('the sample scenario: every line is final, none fails, none is unpaid', async () => {
  const text = readFileSync(new URL('../../../scripts/sample-scenario.ndjson', import.meta.url), 'utf8')
  const scenario = parseScenario([{ name: 'sample', text }], { accountOf: actor => keyOf(actor).publicKey })
  const { tally, labels } = await play(scenario)
  assert.equal(tally.failures, [])
  assert.is(tally.unpaid, 0)
  assert.is(tally.finalized, scenario.actions.length)
  assert.is(tally.submitted, scenario.actions.length)
  assert.is(Object.keys(labels).length, scenario.labels.size)
})

test('a label names the record that its line made', async () => {
  const scenario = read([...market, fee('1')])
  const { labels, ledger } = await play(scenario)
  const [batch, index] = parseRef(labels.helper!)
  assert.is(ledger.batches.get(batch!.key)!.batch.records[index]!.kind, 'model')
})

test('E4: a session is billed only when it is final, also by its own payer', async () => {
  const { tally, ledger } = await play(
    read([
      { actor: 'eve', do: 'fund', amount: '50' },
      { actor: 'eve', do: 'model', as: 'helper', name: 'helper', price: { in: '0', out: '0' } },
      { actor: 'eve', do: 'session', as: 's', payee: '@@eve', deposit: '10' },
      fee('1'),
    ]),
  )
  assert.equal(tally.failures, [])
  assert.is(tally.unpaid, 0)
  assert.is(ledger.epochs.length, 2)
})

test('E4: one voucher per session and batch, over all fees up to it', async () => {
  const { tally, ledger } = await play(read([...market, fee('1'), fee('2'), { do: 'wait' }, fee('3')]))
  assert.equal(
    vouchersOf(ledger).map(({ total }) => total),
    [3_000_000, 6_000_000],
  )
  assert.is(tally.vouchers, 2)
  assert.is(tally.unpaid, 0)
})

test('E4: no voucher beyond the deposit: what it does not cover is unpaid', async () => {
  const { tally, ledger } = await play(read([...market, fee('9'), { do: 'wait' }, fee('2'), { do: 'wait' }, fee('1')]))
  assert.is(tally.unpaid, 1)
  assert.is(tally.failed, 0)
  assert.equal(
    vouchersOf(ledger).map(({ total }) => total),
    [9_000_000, 10_000_000],
  )
})

test('a voucher line is signed by the payer, submitted by the payee, and the runner writes none beside it', async () => {
  const { tally, ledger } = await play(
    read([...market, fee('1'), { actor: 'uma', do: 'voucher', session: '@s', total: '5' }, fee('2')]),
  )
  assert.is(tally.vouchers, 0)
  assert.is(tally.unpaid, 1)
  assert.equal(tally.failures, [])
  assert.is(vouchersOf(ledger).length, 1)
})

test('a voucher line by another than the payer fails and is named', async () => {
  const { tally } = await play(read([...market, { actor: 'mallory', do: 'voucher', session: '@s', total: '5' }]))
  assert.equal(tally.failures, [
    { file: 'test', line: 4, code: outcomes['voucher-signature'], outcome: 'voucher-signature' },
  ])
})

test('a failed line is named by file and line, and what points to it fails after it', async () => {
  const { tally } = await play(
    read([
      { actor: 'ana', do: 'datanet', as: 'net', name: 'net', originShare: 0.1 },
      { actor: 'bo', do: 'contribution', datanet: '@net', content: { text: 'x' } },
    ]),
  )
  assert.equal(
    tally.failures.map(({ line, outcome }) => [line, outcome]),
    [
      [1, 'share-out-of-bounds'],
      [2, 'unknown-ref'],
    ],
  )
  assert.is(tally.finalized, 2)
})

test("an author's own records go in one batch, others' are waited for", async () => {
  const { ledger } = await play(
    read([
      { actor: 'ana', do: 'datanet', as: 'net', name: 'net' },
      { actor: 'ana', do: 'contribution', as: 'a', datanet: '@net', content: { text: 'a' } },
      { actor: 'bo', do: 'contribution', datanet: '@net', content: { text: 'b' } },
    ]),
  )
  assert.equal(
    ledger.epochs.map(({ batches }) => batches.map(({ codes }) => codes.length / 2)),
    [[2], [1]],
  )
})

test('E6: own data is named in `uses` only when it is final', async () => {
  const { ledger, tally } = await play(
    read([
      ...market.slice(0, 1),
      { actor: 'eve', do: 'datanet', as: 'net', name: 'net' },
      { actor: 'eve', do: 'model', as: 'helper', name: 'helper', data: [['@net', 1]], price: { in: '0', out: '0' } },
      ...market.slice(2),
      { do: 'wait' },
      { actor: 'eve', do: 'contribution', as: 'own', datanet: '@net', content: { text: 'a' } },
      fee('1', { uses: [['@own', 1]] }),
    ]),
  )
  assert.is(tally.unpaid, 0)
  assert.is(ledger.epochs.length, 3)
})

test('a barrier holds everybody back', async () => {
  const transfer = (actor: string) => ({ actor, do: 'transfer', to: '@@bo', amount: '1' })
  const funds = ['ana', 'cy'].map(actor => ({ actor, do: 'fund', amount: '5' }))
  const { ledger } = await play(read([...funds, transfer('ana'), { do: 'wait' }, { do: 'wait' }, transfer('cy')]))
  assert.equal(
    ledger.epochs.map(({ batches }) => batches.length),
    [1, 1],
  )
})

test('lines beyond one batch go into the next: 1,024 records, 512 KiB', async () => {
  const data = Array.from({ length: 200 }, (_, i) => ({
    actor: 'ana',
    do: 'contribution',
    as: `c${i}`,
    datanet: '@net',
    content: { text: `${i}` },
  }))
  const uses = data.map(({ as }) => [`@${as}`, 0.005])
  const lines = [
    { actor: 'ana', do: 'datanet', as: 'net', name: 'net' },
    ...data,
    ...market,
    { do: 'wait' },
    ...Array.from({ length: 1100 }, () => ({
      actor: 'bo',
      do: 'contribution',
      datanet: '@net',
      content: { text: 'b' },
    })),
    ...Array.from({ length: 100 }, () => fee('0.01', { uses })),
  ]
  const { ledger, tally } = await play(read(lines))
  assert.equal(tally.failures, [])
  const counts = ledger.epochs[1]!.batches.map(({ codes }) => codes.length / 2)
  assert.ok(counts.includes(1024) && counts.includes(76))
  assert.is(tally.vouchers, counts.length - 2)
})

test('what a killed node lost goes again to another: same CID', async () => {
  const scenario = read([...market, fee('1')])
  const { ledger, nodes } = network(scenario, 2)
  let lost = 0
  for (const node of nodes) {
    node.onEpoch = () => {
      // Whatever the first round brought is gone.
      if (lost === nodes.length) return
      lost++
      for (const other of nodes) other.held.clear()
    }
  }
  const { tally } = await runScenario({ scenario, nodes, keyOf, chain: ledger.chain, epoch: 0, resendAfterMs: 1 })
  assert.is(tally.finalized, scenario.actions.length)
  assert.is(tally.failed + tally.unpaid, 0)
})

test('a node that is down, full or not ready is passed over', async () => {
  const scenario = read([...market, fee('1')])
  const { ledger, nodes } = network(scenario, 3)
  nodes[0]!.isDown = true
  nodes[1]!.refusals.push(new LedgerError('mempool-full', 'full'), new LedgerError('not-ready', 'starting'))
  const { tally } = await runScenario({ scenario, nodes, keyOf, chain: ledger.chain, epoch: 0 })
  assert.is(tally.finalized, scenario.actions.length)
  assert.is(nodes[0]!.submits, 0)
})

test('an author that is moved to another node has all of its batches sent there', async () => {
  const many = Array.from({ length: 1500 }, () => ({ actor: 'ana', do: 'transfer', to: '@@bo', amount: '0.001' }))
  const scenario = read([{ actor: 'ana', do: 'fund', amount: '5' }, ...many])
  const { ledger, nodes } = network(scenario, 2)
  const submit = nodes[0]!.submit.bind(nodes[0])
  nodes[0]!.submit = async batch => {
    if (nodes[0]!.submits === 1) nodes[0]!.isDown = true
    return await submit(batch)
  }
  const never = 1e9
  const options = { scenario, nodes, keyOf, chain: ledger.chain, epoch: 0, resendAfterMs: never, stalledAfterMs: 2_000 }
  const { tally } = await runScenario(options)
  assert.is(tally.finalized, 1500)
  assert.equal([nodes[0]!.submits, nodes[1]!.submits], [1, 2])
})

test('refs within a batch count the vouchers before them', async () => {
  const { tally, ledger } = await play(
    read([
      ...market,
      fee('1'),
      { actor: 'eve', do: 'datanet', as: 'net', name: 'net' },
      { actor: 'eve', do: 'contribution', datanet: '@net', content: { text: 'a' } },
    ]),
  )
  assert.equal(tally.failures, [])
  assert.equal(ledger.epochs[1]!.batches[0]!.codes, '00010000')
})

test('a refusal that no other node would take back ends the run', async () => {
  const scenario = read(market)
  const { ledger, nodes } = network(scenario)
  nodes[0]!.refusals.push(new LedgerError('signature', 'bad'))
  const failure = await runScenario({ scenario, nodes, keyOf, chain: ledger.chain, epoch: 0 }).catch(error => error)
  assert.is(failure.code, 'signature')
})

test('a network that stands still is given up with a word where to look', async () => {
  const scenario = read(market)
  const { ledger, nodes } = network(scenario)
  nodes[0]!.onEpoch = () => nodes[0]!.held.clear()
  const options = { scenario, nodes, keyOf, chain: ledger.chain, epoch: 0, stalledAfterMs: 20 }
  const failure = await runScenario(options).catch(error => error)
  assert.is(failure.code, 'stalled')
})

test('an abort ends the run', async () => {
  const scenario = read(market)
  const { ledger, nodes } = network(scenario)
  const stop = new AbortController()
  nodes[0]!.onEpoch = () => {
    nodes[0]!.held.clear()
    stop.abort()
  }
  const failure = await runScenario({
    scenario,
    nodes,
    keyOf,
    chain: ledger.chain,
    epoch: 0,
    signal: stop.signal,
  }).catch(e => e)
  assert.is(failure.name, 'AbortError')
})

test('an author that has a chain already goes on from its head', async () => {
  const first = read([
    { actor: 'ana', do: 'fund', amount: '5' },
    { actor: 'ana', do: 'transfer', to: '@@bo', amount: '1' },
  ])
  const { ledger, nodes } = network(first)
  await runScenario({ scenario: first, nodes, keyOf, chain: ledger.chain, epoch: 0 })
  const second = read([{ actor: 'ana', do: 'transfer', to: '@@bo', amount: '2' }])
  const ana = parseAccountKey(
    (await nodes[0]!.payouts()).accounts.find(({ balance }) => balance === 4_000_000)!.account,
  )
  const { seq, head } = ledger.account(ana)!
  const heads = new Map([['ana', { seq, head }]])
  const { tally, epoch } = await runScenario({ scenario: second, nodes, keyOf, chain: ledger.chain, epoch: 1, heads })
  assert.is(tally.finalized, 1)
  assert.is(epoch, 2)
  assert.is(ledger.account(ana)!.balance, 2_000_000)
})
