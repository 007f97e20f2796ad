// runs alone: four node processes, and light nodes that walk through all that they paid; OPENLEDGER_FULL=1 takes real data
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { accountText } from '../../consensus/account.ts'
import type { AccountPayout } from '../../src/api/node-view.ts'
import { openText } from '../../src/decimal.ts'
import type { ScenarioFile } from '../../src/scenario/line.ts'
import { actorKeys } from '../../src/testnet/blueprint.ts'
import { suite } from '../harness.ts'
import { randomFrom } from '../sim/random.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { HandRunNet, netSeed, until } from './hand-run-net.ts'
import { answer, exported, type Program, refusal, start } from './program.ts'

const test = suite('e2e/light')
const isFull = process.env.OPENLEDGER_FULL === '1'
const shared = fileURLToPath(new URL('../../../shared', import.meta.url))
const generator = join(shared, 'tools/real-scenario.py')
const deadlineMs = isFull ? 900_000 : 150_000
const paidCount = isFull ? 50 : 6
const unpaidCount = isFull ? 10 : 2

interface LightData {
  readonly account: string
  readonly balance: string
  readonly credit: string
  readonly root: { readonly epoch: number; readonly cid: string }
  readonly paid: string
  readonly before: string
  readonly payouts: readonly {
    readonly epoch: number
    readonly amount: string
    readonly lines: readonly { readonly amount: string }[]
    readonly root: object
  }[]
}

let net: HandRunNet
let accounts: readonly AccountPayout[]
/** Watches one account from before its first epoch on. */
let watcher: Program

test.before(async () => {
  net = await HandRunNet.furnish(join(tempFolder(), 'net'), [scenario()], 1_000)
  await net.start()
  if (!isFull) watcher = start(['light', ...asking(accountText(actorKeys(netSeed)('ana').publicKey)), '--follow'])
})
test.after(() => void watcher?.child.kill('SIGKILL'))

/** From the genesis, of two of the four. */
function asking(account: string): string[] {
  const peers = net.nodes.slice(0, 2).map(({ addr }) => addr)
  return ['--account', account, '--trust', `${net.blueprint.chain}`, '--peer', ...peers]
}

function scenario(): ScenarioFile {
  if (!isFull || !existsSync(generator))
    return {
      name: 'sample',
      text: readFileSync(new URL('../../scripts/sample-scenario.ndjson', import.meta.url), 'utf8'),
    }
  const [lineage, trace] = ['tldr-linux.ndjson.gz', 'azure-llm-code.csv.gz'].map(name => join(shared, 'data', name))
  const args = [generator, '--lineage', lineage!, '--trace', trace!]
  return { name: 'real', text: execFileSync('python3', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 }) }
}

test(
  'an economy is played to its end',
  async signal => {
    const { tally } = await net.play(signal)
    assert.is(tally.finalized, tally.submitted)
    const epoch = Math.max(...(await Promise.all(net.nodes.map(async ({ client }) => (await client.status()).epoch))))
    await net.reach(epoch)
    accounts = (await net.nodes[0]!.client.payouts()).accounts
  },
  { deadlineMs },
)

test(
  'from the genesis’ name alone, each of many accounts proves its credit down to the records, and nothing where it earned nothing',
  async () => {
    const random = randomFrom(7)
    const drawn = accounts.map(account => ({ account, at: random.next() })).sort((a, b) => a.at - b.at)
    const [paid, unpaid] = [true, false].map(isPaid =>
      drawn.map(({ account }) => account).filter(({ credit }) => credit > 0 === isPaid),
    ) as [AccountPayout[], AccountPayout[]]
    assert.ok(paid.length >= paidCount)
    for (const account of [...paid.slice(0, paidCount), ...unpaid.slice(0, unpaidCount)]) await proves(account)
  },
  { deadlineMs },
)

async function proves({ account, balance, credit: earned }: AccountPayout): Promise<void> {
  const data = await answer<LightData>(['light', ...asking(account), '--deep'], deadlineMs)
  assert.equal([data.root.epoch, data.root.cid], [0, `${net.blueprint.chain}`])
  const credit = openText(earned)
  assert.equal([data.account, data.credit, data.balance], [account, credit, openText(balance!)])
  assert.equal([data.paid, data.before], [credit, '0'])
  assert.is(sumOf(data.payouts.map(({ amount }) => amount)), micro(credit))
  for (const { amount, lines, root } of data.payouts) {
    assert.is(sumOf(lines.map(line => line.amount)), micro(amount))
    assert.ok(root, 'the way down is shown')
  }
}

const micro = (open: string): bigint => {
  const [whole, part = ''] = open.split('.')
  return BigInt(whole! + part.padEnd(6, '0'))
}
const sumOf = (amounts: readonly string[]): bigint => amounts.reduce((sum, amount) => sum + micro(amount), 0n)

test('who follows is told of each epoch in which the account earned; Ctrl-C ends it in order', async () => {
  if (isFull) return
  const ana = accounts.find(({ account }) => watcher.child.spawnargs.includes(account))!
  const told = () => [...watcher.stdout.matchAll(/^epoch \d+: ([\d.]+) OPEN as .+; credit ([\d.]+)$/gm)]
  await until('the last payout is told', 20_000, async () => told().at(-1)?.[2] === openText(ana.credit) || undefined)
  assert.is(sumOf(told().map(([, amount]) => amount!)), micro(openText(ana.credit)))
  watcher.child.kill('SIGINT')
  assert.is((await watcher.end(10_000)).status, 0, watcher.stderr)
})

test('a statement has a row for each credit line, and its sum is the credit; drawn parts prove it as well', async () => {
  const best = accounts.toSorted((a, b) => b.credit - a.credit)[0]!
  const file = join(tempFolder(), 'statement.csv')
  const { payouts } = await answer<LightData>(['light', ...asking(best.account), '--sample', '2', '--statement', file])
  const [heading, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\r\n')
  assert.is(heading, 'epoch,time,role,source,amount,credit,checkpoint')
  assert.is(rows.length, payouts.flatMap(({ lines }) => lines).length)
  assert.is(sumOf(rows.map(row => row.split(',')[4]!)), micro(openText(best.credit)))
  assert.is(rows.at(-1)!.split(',')[5], openText(best.credit))
})

interface Told {
  readonly amount?: string
  readonly id?: string
  readonly children: readonly Told[]
}

test(
  'explain from peers tells what a node tells of its own data, and proves it',
  async () => {
    const best = accounts.toSorted((a, b) => b.credit - a.credit)[0]!
    const args = asking(best.account).slice(2)
    const proved = await answer<{ root: Told; proved: { depth: string } }>(['explain', best.account, ...args, '--deep'])
    const told = await answer<{ root: Told }>(['explain', best.account, '--data', net.nodes[0]!.data])
    const amounts = ({ amount, id, children }: Told, levels: number): object => ({
      amount,
      id,
      children: levels === 0 ? [] : children.filter(child => child.amount).map(child => amounts(child, levels - 1)),
    })
    // What stands below is compared in explained-earnings.test.ts: of equal amounts either may be shown.
    assert.equal(amounts(proved.root, 1), amounts(told.root, 1))
    assert.is(proved.root.amount, openText(best.credit))
    assert.is(proved.proved.depth, 'deep')
    const [lines, drawn] = await Promise.all(
      [[], ['--sample', '2']].map(depth => answer<{ root: Told }>(['explain', best.account, ...args, ...depth])),
    )
    assert.equal([lines!.root.amount, drawn!.root.amount], [proved.root.amount, proved.root.amount])
  },
  { deadlineMs },
)

interface Line {
  readonly kind: string
  readonly ref: string
  readonly epoch: number
  readonly code?: string
  readonly uses?: readonly (readonly [asset: string, weight: unknown])[]
}

test(
  'that a record was, or was not, routed to an asset is proved; so are states and parameters',
  async () => {
    if (isFull) return
    const from = asking('').slice(2)
    const records = await exported<Line>('records', net.nodes[0]!.data)
    const naming = records.find(({ kind, uses = [] }) => kind === 'inference' && uses.length > 0)!
    const asset = naming.uses![0]![0]
    const other = records.find(
      ({ kind, ref }) => kind === 'contribution' && !naming.uses!.some(([used]) => used === ref),
    )!
    const routed = (to: string, ...more: string[]) =>
      answer<{ epoch: number; routed: boolean; why?: string }>(['proof', 'routed', naming.ref, to, ...from, ...more])
    const found = await routed(asset)
    assert.equal([found.epoch, typeof found.routed], [naming.epoch, 'boolean'])
    const unnamed = await routed(other.ref, '--epoch', `${naming.epoch}`)
    assert.equal([unnamed.routed, unnamed.why], [false, 'not-named'])
    const { code } = await refusal(['proof', 'routed', naming.ref, asset, ...from, '--epoch', `${naming.epoch - 1}`])
    assert.is(code, 'not-final')
    const turned = await refusal(['proof', 'routed', asset, naming.ref, ...from])
    assert.equal([turned.status, turned.code], [1, 'no-bill'])
    const stateOf = (id: string, ...more: string[]) =>
      answer<Record<string, unknown>>(['proof', 'state', id, ...from, ...more])
    const best = accounts.toSorted((a, b) => b.credit - a.credit)[0]!
    assert.is((await stateOf(best.account)).credit, openText(best.credit))
    const session = records.find(({ kind }) => kind === 'session')!
    const opened = await stateOf(session.ref)
    assert.is(opened.kind, 'session')
    assert.ok(Number(opened.voucher) >= Number(opened.settled))
    assert.is((await stateOf(asset)).kind, 'asset')
    assert.is((await stateOf(naming.ref)).kind, 'nothing')
    assert.is((await stateOf('params')).epochMs, 1_000)
    const validator = accountText(net.blueprint.nodes[0]!.account)
    assert.ok(Number((await stateOf(validator, '--validator', validator)).stake) > 0)
  },
  { deadlineMs },
)

test(
  'flags that ask for proofs mean nothing without peers, and an epoch to come proves nothing',
  async () => {
    const best = accounts[0]!.account
    const data = ['--data', net.nodes[0]!.data]
    assert.is((await refusal(['explain', best, ...data, '--deep'])).status, 2)
    assert.is((await refusal(['explain', best, '--api', 'http://127.0.0.1:1', ...asking(best).slice(2)])).status, 2)
    assert.is((await refusal(['explain', `${net.blueprint.chain}/0`, ...asking(best).slice(2)])).status, 2)
    assert.is((await refusal(['proof', 'state', 'nobody', ...asking(best).slice(2)])).status, 2)
    const early = await refusal(['explain', best, ...asking(best).slice(2), '--epoch', '999999'])
    assert.equal([early.status, early.code], [1, 'not-yet'])
  },
  { deadlineMs },
)

test('a proof gathered from peers is checked offline, and not with another checkpoint', async () => {
  const best = accounts.toSorted((a, b) => b.credit - a.credit)[0]!
  const { epoch, amount } = best.payout!
  const file = join(tempFolder(), 'best.proof')
  const saved = await answer<{ trust: string }>(['proof', 'save', file, ...asking(best.account), '--epoch', `${epoch}`])
  const checked = await answer<{ amount: string }>(['proof', 'check', file, '--trust', saved.trust])
  assert.is(checked.amount, openText(amount))
  const refused = await start(['proof', 'check', file, '--trust', `${net.blueprint.chain}`, '--json']).end(60_000)
  assert.equal([refused.status, JSON.parse(refused.stdout).error.code], [1, 'proof-block'])
})

test('the network ends in order', async () => {
  for (const node of net.nodes) await node.stop()
})
