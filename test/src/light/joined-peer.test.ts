import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { accountText } from '../../../consensus/account.ts'
import type { Node } from '../../../src/node/node.ts'
import { JoinedLate } from '../../fixtures/joined-late.ts'
import { suite } from '../../harness.ts'
import { openledger } from '../cli/program.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('light/joined-peer')
const joined = new JoinedLate()
const { kept } = JoinedLate

test.before(() => joined.start())
test.after(() => joined.stop())

interface Payout {
  readonly epoch: number
  readonly amount: string
  readonly root?: object
  readonly unwalked?: string
}

interface Earned {
  readonly credit: string
  readonly paid: string
  readonly before: string
  readonly shownFrom: number | null
  readonly payouts: readonly Payout[]
  readonly failures: readonly { code: string; problem: string }[]
}

/** The late node has but one peer, who would be told of: the client asks those that are named first. */
function args(command: readonly string[], nodes: readonly Node[], trust = joined.nodes.chain): string[] {
  return [...command, '--trust', `${trust}`, '--peer', ...nodes.map(({ network }) => network.addrs()[0]!)]
}

const account = () => accountText(joined.ana.key.publicKey)

async function light(peers: readonly Node[], ...more: string[]): Promise<Earned> {
  const { json, stdout } = await openledger(args(['light', '--json', '--account', account(), ...more], peers))
  assert.ok(json().ok, stdout)
  return json().data as unknown as Earned
}

const epochsOf = ({ payouts }: Earned) => payouts.map(({ epoch, amount }) => [epoch, amount])

test('with another peer that has all, all is proved, and who has not all stays a peer', async () => {
  const [alone, both] = [await light([joined.full], '--deep'), await light([joined.late, joined.full], '--deep')]
  assert.equal(epochsOf(both), epochsOf(alone))
  assert.ok(both.payouts.every(({ root }) => root !== undefined))
  assert.equal([both.before, both.shownFrom, both.payouts.length], ['0', null, 3])
  assert.equal(
    both.failures.map(({ code }) => code),
    ['unknown'],
  )
})

test('alone it proves what it has, says where that ends, and how much of the credit is from before', async () => {
  const all = await light([joined.full], '--deep')
  // Else the client would hear of it, and ask it.
  await joined.nodes.stop('val0')
  const some = await light([joined.late], '--deep')
  assert.equal([some.shownFrom, some.credit], [kept, all.credit])
  assert.equal(epochsOf(some), epochsOf(all).slice(0, 2))
  assert.is(some.before, all.payouts[2]!.amount)
  assert.equal(
    some.payouts.map(({ root, unwalked }) => [root !== undefined, unwalked !== undefined]),
    [
      [true, false],
      [false, true],
    ],
  )
  assert.equal(some.failures, [])
})

test('people are told as well, in an explanation and in a statement', async () => {
  const told = await openledger(args(['light', '--account', account(), '--deep'], [joined.late]))
  assert.match(told.stdout, /^ {2}not proved further down: no peer proves it: .* voucher$/m)
  assert.match(told.stdout, /^earned before epoch 9, which no peer shows: 0\.6 OPEN$/m)
  const { stdout } = await openledger(args(['explain', account(), '--deep'], [joined.late]))
  assert.match(stdout, /, epochs 9 to \d+$/m)
  assert.match(stdout, /^no peer shows epochs before 9: what was earned in them, 0\.6 OPEN, is not explained$/m)
  assert.match(stdout, /^proved: .*; of 1 payouts of 2 only the credit lines/m)
  const file = join(tempFolder(), 'earned.json')
  await light([joined.late], '--statement', file)
  const { from, before, shownFrom, payouts, total, proved } = JSON.parse(readFileSync(file, 'utf8'))
  assert.equal([from, before, shownFrom, payouts.length], [1, '0.6', kept, 2])
  assert.is(Number(before) + Number(total), Number(proved.credit))
  await light([joined.late], '--statement', file, '--epoch', '9..10')
  const part = JSON.parse(readFileSync(file, 'utf8'))
  assert.equal([part.from, part.to, part.shownFrom, part.proved.credit], [9, 10, null, proved.credit])
})

test('epochs that it has none of are refused by name', async () => {
  for (const [epochs, code] of [
    ['8', 'too-old'],
    ['1..7', 'no-peer'],
  ] as const) {
    const { status, json } = await openledger(
      args(['light', '--json', '--account', account(), '--epoch', epochs], [joined.late]),
    )
    assert.equal([status, json().error?.code], [1, code])
    assert.match(json().error!.message, /epoch 8|no epoch 7/)
  }
  // One that reaches beyond is answered as far as it is there.
  const { shownFrom, payouts } = await light([joined.late], '--epoch', '1..10')
  assert.equal([shownFrom, payouts.length], [kept, 1])
})
