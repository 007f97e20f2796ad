import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../../consensus/account.ts'
import { Cid } from '../../../../consensus/cid.ts'
import type { Log } from '../../../../network/log.ts'
import { nativeCrypto as crypto } from '../../../../src/crypto/native.ts'
import { parseOpen } from '../../../../src/decimal.ts'
import { Economy } from '../../../../src/metrics/economy/economy.ts'
import { EconomyFile } from '../../../../src/metrics/economy/economy-file.ts'
import { EconomyFollower } from '../../../../src/metrics/economy/economy-follower.ts'
import { type EpochUsage, UsageReader } from '../../../../src/metrics/economy/epoch-usage.ts'
import { LedgerView } from '../../../../src/query/ledger-view.ts'
import type { Store } from '../../../../src/store/store.ts'
import { buildSampleLedger } from '../../../fixtures/sample-ledger.ts'
import { buildSmallLedger } from '../../../fixtures/small-ledger.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../temp-folder.ts'

const test = suite('metrics/economy/epoch-usage')
const dir = tempFolder()
const warnings: string[] = []
const log: Log = { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} }

let store: Store
let chain: Cid
let epochs: number
const usages: EpochUsage[] = []

test.before(async () => {
  store = (await buildSampleLedger(dir)).store
  chain = store.chain()!
  epochs = store.head()!.epoch
  const reader = new UsageReader(store)
  for (let epoch = 1; epoch <= epochs; epoch++) usages.push((await reader.read(epoch))!)
})

test.after(() => store.close())

interface Line {
  readonly ref: string
  readonly author: string
  readonly kind: string
  readonly outcome: string
  readonly session?: string
  readonly fee?: string
  readonly to?: string
}

async function recordLines(of: Store, epoch: number): Promise<Line[]> {
  const lines: Line[] = []
  const view = new LedgerView(of)
  for await (const line of view.export('records', { from: epoch, to: epoch })) lines.push(line as unknown as Line)
  return lines
}

/** Of every epoch what was read, against what its exported records say. Returns how much of everything there was. */
async function compare(of: Store, read: readonly EpochUsage[]): Promise<{ fees: number; transfers: number }> {
  const payers = new Map<string, string>()
  let fees = 0
  let transfers = 0
  for (const usage of read) {
    const lines = await recordLines(of, usage.epoch)
    for (const { kind, ref, author } of lines) if (kind === 'session') payers.set(ref, author)
    const expected = new Map<string, number>()
    const sent = new Set<string>()
    for (const { kind, outcome, author, session, fee, to } of lines) {
      if (outcome === 'paid' && (kind === 'inference' || kind === 'action')) {
        const pair = `${payers.get(session!)} ${author}`
        expected.set(pair, (expected.get(pair) ?? 0) + parseOpen(fee!))
      }
      if (outcome === 'done' && kind === 'transfer') sent.add(`${author} ${to}`)
    }
    const got = usage.fees.map(({ payer, payee, fees }) => [`${accountKeyText(payer)} ${accountKeyText(payee)}`, fees])
    assert.equal(new Map(got as [string, number][]), expected, `epoch ${usage.epoch}`)
    const gotSent = usage.transfers.map(([from, to]) => `${accountKeyText(from)} ${accountKeyText(to)}`)
    assert.equal(new Set(gotSent), sent, `epoch ${usage.epoch}`)
    fees += expected.size
    transfers += sent.size
  }
  return { fees, transfers }
}

test('an epoch tells the fees and transfers that its exported records tell', async () => {
  const { fees, transfers } = await compare(store, usages)
  assert.ok(fees > 10 && transfers > 1, `the sample has fees and transfers: ${fees}, ${transfers}`)
})

test('what is unpaid or failed is not counted', async () => {
  const { driver } = await buildSmallLedger(tempFolder())
  const own: EpochUsage[] = []
  const outcomes = new Set<string>()
  for (let epoch = 1; epoch <= driver.store.head()!.epoch; epoch++) {
    own.push((await new UsageReader(driver.store).read(epoch))!)
    for (const { kind, outcome } of await recordLines(driver.store, epoch)) outcomes.add(`${kind} ${outcome}`)
  }
  for (const outcome of ['inference unpaid', 'inference paid', 'action paid', 'inference failed'])
    assert.ok(outcomes.has(outcome), `the ledger has: ${outcome}`)
  await compare(driver.store, own)
  agree(own)
  await driver.close()
})

function agree(read: readonly EpochUsage[]): void {
  for (const { epoch, usage, totals, fees, payouts } of read) {
    const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0)
    const told = {
      payers: new Set(fees.map(({ payer }) => payer)).size,
      payees: new Set(fees.map(({ payee }) => payee)).size,
      fees: sum(fees.map(fee => fee.fees)),
      paid: payouts.length,
      amount: sum(payouts.map(([, amount]) => amount)),
    }
    const { payers, payees, paid } = usage
    assert.equal(told, { payers, payees, paid, fees: totals.fees, amount: totals.paid }, `epoch ${epoch}`)
  }
}

test('it agrees with what the checkpoints say', () => agree(usages))

function expected(to = epochs): Economy {
  const economy = new Economy()
  for (const usage of usages.slice(0, to)) economy.add(usage)
  return economy
}

/** Pokes until everything is counted. */
async function counted(follower: EconomyFollower): Promise<void> {
  for (let i = 0; i < 500 && follower.figures().epoch < epochs; i++) {
    follower.poke()
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  assert.is(follower.figures().epoch, epochs)
}

test('a follower counts every epoch once, also over a restart', async () => {
  const folder = tempFolder()
  const file = new EconomyFile(folder, chain)
  await file.write(expected(3))
  const follower = new EconomyFollower({ store, file, log, keepEvery: 4 })
  await counted(follower)
  assert.equal(follower.figures(), expected().figures())
  await follower.stop()

  const next = new EconomyFollower({ store, file, log })
  next.poke()
  await next.stop()
  const { usage, totals, ...kept } = expected().figures()
  const { usage: _, totals: __, ...taken } = next.figures()
  assert.equal(taken, kept)
  assert.equal(readdirSync(folder), ['economy.cbor'])
})

test('a file that is damaged, of another ledger or ahead of this one is counted anew', async () => {
  const other = Cid.of(crypto, Uint8Array.of(1))
  const ahead = expected()
  ahead.add({ ...usages.at(-1)!, epoch: epochs + 1 })
  const cases: readonly ((folder: string) => unknown)[] = [
    folder => writeFileSync(join(folder, 'economy.cbor'), 'what?'),
    folder => new EconomyFile(folder, other).write(expected(3)),
    folder => new EconomyFile(folder, chain).write(ahead),
  ]
  for (const spoil of cases) {
    const folder = tempFolder()
    await spoil(folder)
    const follower = new EconomyFollower({ store, file: new EconomyFile(folder, chain), log })
    await counted(follower)
    assert.equal(follower.figures(), expected().figures())
    await follower.stop()
  }
})

test('a follower that is told to stop in the middle of an epoch leaves it uncounted', async () => {
  const follower = new EconomyFollower({ store, file: new EconomyFile(tempFolder(), chain), log })
  warnings.length = 0
  follower.poke()
  await follower.stop()
  const { epoch } = follower.figures()
  assert.ok(epoch < epochs, `${epoch}`)
  if (epoch > 0) assert.equal(follower.figures(), expected(epoch).figures())
  assert.equal(warnings, [])
})

test('a follower waits while the node has more urgent work, and counts all of it afterwards', async () => {
  let isBusy = true
  const file = new EconomyFile(tempFolder(), chain)
  const follower = new EconomyFollower({ store, file, log, isBusy: () => isBusy })
  for (let i = 0; i < 50; i++) {
    follower.poke()
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  assert.is(follower.figures().epoch, 0)
  isBusy = false
  await counted(follower)
  assert.equal(follower.figures(), expected().figures())
  await follower.stop()
})

test('a folder that takes no file costs a warning, not the node', async () => {
  const follower = new EconomyFollower({ store, file: new EconomyFile(join(dir, 'nowhere'), chain), log })
  await counted(follower)
  warnings.length = 0
  await follower.stop()
  assert.equal(warnings, ['what was counted of the economy could not be kept'])
})
