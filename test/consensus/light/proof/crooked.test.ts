/** Checkpoints that more than two thirds signed, over books that the rules don't make: the walk recomputes, and says where. */
import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../../consensus/account.ts'
import type { CreditedPayout } from '../../../../consensus/ledger/execute.ts'
import { compareFlows } from '../../../../consensus/ledger/flow/commitment.ts'
import type { Flow, FlowKind, FlowList, ListName } from '../../../../consensus/ledger/flow/flow.ts'
import type { CreditLine, Role } from '../../../../consensus/ledger/flow/payouts.ts'
import type { ProofSource } from '../../../../consensus/light/proof/reader.ts'
import { walkPayout } from '../../../../consensus/light/proof/walk.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { refKey } from '../../../../consensus/ref.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
import { type Books, crooked } from '../../../fixtures/crooked-books.ts'
import { actorAccount } from '../../../fixtures/ledger-driver.ts'
import { buildProvedLedger } from '../../../fixtures/proved-ledger.ts'
import { booksOf, checkpointOf, trustedEpoch } from '../../../fixtures/proving.ts'
import type { SmallLedger } from '../../../fixtures/small-ledger.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/crooked')

let ledger: SmallLedger
/** Keeps the state of every epoch. */
let honest: Prover
const epoch = 6

test.before(async () => {
  const built = await buildProvedLedger(tempFolder())
  ledger = built.ledger
  honest = built.prover
})

test.after(async () => {
  await honest.close()
  await ledger.driver.close()
})

type Name = keyof SmallLedger['refs']
type Change = (books: Books) => Partial<Books>

/** What refuses the crooked books when this actor asks; undefined: it believes them. Assets are read from the epoch's own state. */
async function refusal(change: Change, actor: string, at = epoch, stateOf = at): Promise<string | undefined> {
  const { store } = ledger.driver
  const known = { ...trustedEpoch(store, at), state: checkpointOf(store, stateOf) }
  const { trusted, prover } = await crooked(store, known, change)
  const source: ProofSource = {
    ask: ({ epoch: asked, parts }) =>
      (parts[0]!.type === 'state' ? honest : prover).ask({ epoch: asked, parts: parts.slice(0, 1) }),
  }
  try {
    await walkPayout(booksOf(trusted, source), actorAccount(actor))
    return undefined
  } catch (error) {
    if (error instanceof ProofError) return error.check
    throw error
  } finally {
    await prover.close()
  }
}

function flowAt(kind: FlowKind, name: Name | undefined, change: (flow: Flow) => Flow): Change {
  const key = name === undefined ? '' : refKey(...ledger.refs[name])
  return ({ flows }) => {
    assert.ok(
      flows.some(flow => flow.kind === kind && flow.key === key),
      `${kind} ${name}`,
    )
    return { flows: flows.map(flow => (flow.kind === kind && flow.key === key ? change(flow) : flow)) }
  }
}

function listOf(name: ListName, change: (list: FlowList) => FlowList): (flow: Flow) => Flow {
  return flow => ({ ...flow, lists: flow.lists.map(list => (list.name === name ? change(list) : list)) })
}

function lineOf(actor: string, role: Role, change: (line: CreditLine) => CreditLine): Change {
  return ({ payouts }) => ({
    payouts: payouts.map(payout => (payout.account === actorAccount(actor) ? changed(payout, role, change) : payout)),
  })
}

function changed(payout: CreditedPayout, role: Role, change: (line: CreditLine) => CreditLine): CreditedPayout {
  const at = payout.lines.findIndex(line => line.role === role)
  assert.is.not(at, -1, `${role} of ${accountKeyText(payout.account)}`)
  return { ...payout, lines: payout.lines.with(at, change(payout.lines[at]!)) }
}

const more = <T extends { readonly amount: number }>(item: T): T => ({ ...item, amount: item.amount + 1 })
const first = <T>(items: readonly T[], change: (item: T) => T): T[] => [change(items[0]!), ...items.slice(1)]
const firstWeight =
  (by: 1n | -1n) =>
  (list: FlowList): FlowList => ({
    ...list,
    parts: first(list.parts, part => ({ ...part, weight: BigInt(part.weight) + by })),
  })

test('honest books, committed anew, are believed', async () => {
  for (const actor of ['cy', 'eve', 'di', 'ana', 'bo', 'bob', 'val0'])
    assert.is(await refusal(() => ({}), actor), undefined)
})

const roles: readonly [actor: string, role: Role][] = [
  ['eve', 'executor'],
  ['di', 'builder'],
  ['ana', 'owner'],
  ['ana', 'origin'],
  ['cy', 'refiner'],
]
for (const [actor, role] of roles) {
  test(`a µOPEN more as ${role}`, async () => {
    assert.is(await refusal(lineOf(actor, role, more), actor), 'division')
  })
}

test('more than the whole part as operator', async () => {
  const lifted = lineOf('val0', 'operator', line => ({ ...line, amount: line.amount * 1_000 }))
  assert.is(await refusal(lifted, 'val0'), 'division')
})

test('a line at a source of which the account has nothing', async () => {
  const tar3 = refKey(...ledger.refs.tar3)
  assert.is(
    await refusal(
      lineOf('eve', 'executor', line => ({ ...line, source: tar3 })),
      'eve',
    ),
    'record',
  )
  assert.is(
    await refusal(
      lineOf('cy', 'refiner', line => ({ ...line, source: refKey(...ledger.refs.scan) })),
      'cy',
    ),
    'list',
  )
})

test('F1: fees of a payee beside its records', async () => {
  const lifted = flowAt('model', 'helper', flow => ({
    ...flow,
    payees: first(flow.payees, payee => ({ ...payee, fees: payee.fees + 10 })),
  }))
  assert.is(await refusal(lifted, 'eve'), 'sum')
})

test('F2: a base that gets more than the division gives', async () => {
  assert.is(await refusal(flowAt('model', 'helper', listOf('bases', more)), 'di'), 'division')
  const lifted = flowAt('model', 'base', flow => ({ ...flow, inbound: first(flow.inbound, more) }))
  assert.is(await refusal(lifted, 'di'), 'division')
  const other = listOf('bases', list => ({
    ...list,
    parts: first(list.parts, part => ({ ...part, to: refKey(...ledger.refs.oracle) })),
  }))
  assert.is(await refusal(flowAt('model', 'helper', other), 'di'), 'list')
})

test('F3: weights of uses that leave out part of the fees', async () => {
  assert.is(await refusal(flowAt('model', 'helper', listOf('uses', firstWeight(1n))), 'cy'), 'sum')
  assert.is(await refusal(flowAt('model', 'helper', listOf('uses', more)), 'cy'), 'division')
})

test('F3: unnamed money that isn’t divided as declared', async () => {
  assert.is(await refusal(flowAt('model', 'base', listOf('unnamed', firstWeight(1n))), 'ana'), 'list')
  assert.is(await refusal(flowAt('model', 'base', listOf('unnamed', more)), 'ana'), 'division')
  assert.is(
    await refusal(
      flowAt('model', 'base', flow => ({ ...flow, lists: flow.lists.slice(0, 1) })),
      'ana',
    ),
    'list',
  )
})

test('F3: uses that don’t begin with what is unnamed', async () => {
  const without = listOf('uses', list => ({ ...list, parts: list.parts.slice(1) }))
  assert.is(await refusal(flowAt('model', 'helper', without), 'cy'), 'list')
})

test('F3: an attribution’s list beside its record', async () => {
  const weigh = (at: number, weight: number) =>
    flowAt(
      'waiting',
      'oracle',
      listOf('attribution', list => ({ ...list, parts: list.parts.with(at, { ...list.parts[at]!, weight }) })),
    )
  assert.is(await refusal(weigh(1, 999_999), 'bo', 7), 'list')
  assert.is(await refusal(weigh(0, 1), 'bo', 7), 'list')
  assert.is(await refusal(() => ({}), 'bo', 7), undefined)
})

test('F4: a µOPEN more for an origin of a refinement, as long as its owner is known', async () => {
  const tar2 = refKey(...ledger.refs.tar2)
  const raise =
    (by: number) =>
    (line: CreditLine): CreditLine =>
      line.source === tar2 ? { ...line, amount: line.amount + by } : line
  const lifted =
    (by: number): Change =>
    ({ payouts }) => ({
      payouts: payouts.map(payout =>
        payout.account === actorAccount('bo') ? { ...payout, lines: payout.lines.map(raise(by)) } : payout,
      ),
    })
  assert.is(await refusal(lifted(1), 'bo'), 'division')
  // Its asset belongs to somebody else since: then only what went to all origins bounds it.
  assert.is(await refusal(lifted(1), 'bo', epoch, ledger.driver.epoch), undefined)
  assert.is(await refusal(lifted(1_000_000), 'bo', epoch, ledger.driver.epoch), 'division')
})

test('a payout to somebody who owns nothing of it', async () => {
  const moved: Change = ({ payouts }) => ({
    payouts: payouts
      .map(payout => (payout.account === actorAccount('cy') ? { ...payout, account: actorAccount('rex') } : payout))
      .sort((a, b) => (a.account < b.account ? -1 : 1)),
  })
  assert.is(await refusal(moved, 'rex'), 'owner')
})

test('F4: an asset whose lists aren’t made of its inflow and its parents', async () => {
  assert.is(await refusal(flowAt('asset', 'tar3', listOf('parents', more)), 'cy'), 'division')
  assert.is(await refusal(flowAt('asset', 'tar3', listOf('origins', firstWeight(1n))), 'cy'), 'list')
  assert.is(
    await refusal(
      flowAt('asset', 'tar3', flow => ({ ...flow, inbound: first(flow.inbound, more) })),
      'cy',
    ),
    'division',
  )
})

test('F4: a line from a flow that sends nothing there', async () => {
  const from = { kind: 'asset', key: refKey(...ledger.refs.scan) } as const
  const forged = flowAt('asset', 'tar3', flow => ({
    ...flow,
    inbound: first(flow.inbound, line => ({ ...line, from, list: 'parents' })),
  }))
  assert.is(await refusal(forged, 'cy'), 'division')
})

test('F4: a flow that is missing', async () => {
  const without: Change = ({ flows }) => ({
    flows: flows.filter(({ key }) => key !== refKey(...ledger.refs.helper)).sort(compareFlows),
  })
  assert.is(await refusal(without, 'cy'), 'missing')
})

test('F5: a pool that isn’t what came in', async () => {
  assert.is(await refusal(flowAt('operators', undefined, listOf('operators', more)), 'val0'), 'division')
  assert.is(
    await refusal(
      flowAt('operators', undefined, flow => ({ ...flow, inbound: first(flow.inbound, more) })),
      'val0',
    ),
    'division',
  )
})

test('credit lines that stand twice', async () => {
  const twice: Change = ({ payouts }) => ({
    payouts: payouts.map(payout => ({ ...payout, lines: [payout.lines[0]!, ...payout.lines] })),
  })
  assert.is(await refusal(twice, 'cy'), 'order')
})

test('a payout that isn’t among the totals of its checkpoint', async () => {
  const { store } = ledger.driver
  const known = trustedEpoch(store, epoch)
  const { checkpoint } = known
  const trusted = {
    ...known,
    checkpoint: { ...checkpoint, totals: { ...checkpoint.totals, paid: checkpoint.totals.paid + 1 } },
  }
  const prover = new Prover(store)
  try {
    await walkPayout(booksOf(trusted, prover), actorAccount('cy'))
    assert.unreachable('believed')
  } catch (error) {
    assert.is((error as ProofError).check, 'sum')
  } finally {
    await prover.close()
  }
})
