import * as assert from 'uvu/assert'
import { type AccountKey, accountKeyText } from '../../../consensus/account.ts'
import { refText } from '../../../consensus/ref.ts'
import type { AccountStatus, Explanation, ExplanationNode, Subject } from '../../../src/api/node-view.ts'
import { authorRecords, type FinalRecord } from '../../../src/query/explain/author-records.ts'
import { Branch } from '../../../src/query/explain/branch.ts'
import { LedgerView } from '../../../src/query/ledger-view.ts'
import { actorAccount, actorKey, LedgerDriver } from '../../fixtures/ledger-driver.ts'
import { buildSmallLedger, type SmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('query/explain')

let ledger: SmallLedger
let view: LedgerView

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  view = new LedgerView(ledger.driver.store)
})

test.after(() => ledger.driver.close())

async function explain(subject: Subject | keyof SmallLedger['refs'], epoch?: number): Promise<Explanation> {
  const asked = typeof subject === 'string' ? recordOf(ledger.refs[subject]) : subject
  return (await view.explain(asked, epoch === undefined ? {} : { from: epoch, to: epoch }))!
}

const recordOf = ([batch, index]: SmallLedger['refs']['net']): Subject => ({ type: 'record', batch, index })
const accountOf = (actor: string): Subject => ({ type: 'account', account: actorAccount(actor) })

function* nodesOf(node: ExplanationNode): Generator<ExplanationNode> {
  yield node
  for (const child of node.children) yield* nodesOf(child)
}

/** Where every child is shown and has an amount, they add up to it. */
function assertAddsUp({ root, subject }: Explanation): void {
  for (const node of nodesOf(root)) {
    const parts = node.children.filter(({ amount }) => amount !== null)
    if (node.amount === null || parts.length === 0) continue
    const sum = parts.reduce((total, { amount }) => total + amount!, 0)
    const text = `${subject}: ${node.text}: ${sum} of ${node.amount}`
    if (node.omitted === 0) assert.is(sum, node.amount, text)
    else assert.ok(sum < node.amount, text)
  }
}

const child = (node: ExplanationNode, text: RegExp): ExplanationNode => {
  const found = node.children.find(candidate => text.test(candidate.text))
  assert.ok(found, `${text} in ${node.children.map(each => each.text).join('; ')}`)
  return found!
}

const remarks = (node: ExplanationNode): string[] =>
  node.children.filter(({ amount, children }) => amount === null && children.length === 0).map(({ text }) => text)

test('all amounts add up at every level, for every account and every record', async () => {
  const { results, genesis } = ledger.driver
  const accounts = new Set([
    ...genesis.accounts.map(([account]) => account),
    ...results.flatMap(({ payouts }) => payouts.map(({ account }) => account)),
  ])
  for (const account of accounts) assertAddsUp((await view.explain({ type: 'account', account }))!)
  for (const ref of Object.values(ledger.refs)) assertAddsUp((await view.explain(recordOf(ref)))!)
})

test('an account’s whole is its credit, an epoch’s is its payout', async () => {
  for (const { account, creditAfter, amount } of ledger.driver.results[7]!.payouts) {
    assert.is((await view.explain({ type: 'account', account }))!.root.amount, creditAfter, accountKeyText(account))
    assert.is((await view.explain({ type: 'account', account }, { from: 8, to: 8 }))!.root.amount, amount)
  }
  const nothing = await explain(accountOf('eve'), 9)
  assert.equal([nothing.root.amount, nothing.from, nothing.to], [0, 9, 9])
})

test('every amount of an account that fees made leads down to records', async () => {
  const { root } = await explain(accountOf('bo'))
  const leaves = [...nodesOf(root)].filter(({ children, amount }) => children.length === 0 && amount !== null)
  assert.is(
    leaves.reduce((sum, { amount }) => sum + amount!, 0),
    root.amount,
  )
  assert.ok(leaves.every(({ id, epoch }) => id!.includes('/') && epoch !== null))
})

test('F4: a contributor reads which records named what was made from its data', async () => {
  const { root } = await explain(accountOf('bo'), 6)
  const origin = child(root, /contributing/)
  const refined = child(origin, /^refinement .*made from its data/)
  const cause = child(refined, /helper-7b/)
  assert.is(cause.id, refText(ledger.refs.helper))
  assert.ok([ledger.refs.first, ledger.refs.second].map(refText).includes(cause.children[0]!.id!))
  const own = child(origin, /^contribution .*shell help/)
  assert.ok(
    own.children.every(({ text }) => /which was made from it/.test(text)),
    'nobody named it directly in epoch 6',
  )
})

test('F2: a builder reads what came from models that build on its own', async () => {
  const { root } = await explain(accountOf('di'))
  const base = child(child(root, /building/), /base-1b/)
  child(base, /fees of model "base-1b" itself/)
  child(base, /fees of model "helper-7b", which builds on it/)
  child(base, /fees of agent "shell bot", which builds on it/)
})

test('F3: what an attributor said is a cause of its own', async () => {
  const { root } = await explain(accountOf('cy'), 7)
  const cause = child(child(child(root, /refining/), /refinement/), /the attributor of model "oracle-3b" named it/)
  assert.equal(
    cause.children.map(({ id }) => id),
    [refText(ledger.refs.attribution)],
  )
})

test('F5: a validator reads whose fees made the pool', async () => {
  const { root } = await explain(accountOf('val0'))
  const pool = child(child(root, /running a validator/), /pool/)
  child(pool, /fees of model "helper-7b"/)
})

test('an account that paid reads what it gave out, beside what it earned', async () => {
  const { root } = await explain(accountOf('uma'))
  assert.is(root.amount, 0)
  const spent = child(child(root, /own balance/), /gave out/)
  assert.is(spent.amount, 65_000_000)
})

test('a model: what came in is what went out', async () => {
  for (const model of ['helper', 'base', 'oracle', 'bot'] as const) {
    const { root } = await explain(model)
    assert.is(child(root, /came in/).amount, child(root, /went to/).amount, model)
  }
  const oracle = (await explain('oracle')).root
  assert.is(child(child(oracle, /came in/), /fees/).amount, 3_000_001)
  assert.is(child(child(oracle, /of that went to/), /waits/).amount, 900_001)
  assert.is(child(oracle, /had waited/).amount, 900_001)
})

test('an asset: what reached it is what left it', async () => {
  for (const asset of ['tar', 'tar2', 'tar3', 'grep', 'scan'] as const) {
    const { root } = await explain(asset)
    assert.is(child(root, /reached it/).amount, child(root, /went to/).amount, asset)
  }
  child(child((await explain('tar3')).root, /went to/), /which it was made from/)
  child((await explain('tar')).root, /as an origin/)
})

test('that nothing came is said of the asked epochs, or of all there are', async () => {
  const nothing = async (ref: keyof SmallLedger['refs'], epoch?: number) =>
    remarks((await explain(ref, epoch)).root).filter(text => text.startsWith('nothing'))
  for (const [ref, word] of [
    ['tar', 'reached it'],
    ['helper', 'was paid for it'],
  ] as const) {
    assert.equal(await nothing(ref, 9), [`nothing ${word} in these epochs`])
    assert.equal(await nothing(ref), [])
  }
  assert.equal(await nothing('net', 9), ['nothing in these epochs; its share may be 0'])
  assert.equal(await nothing('clinic'), ['nothing yet; its share may be 0'])
  assert.equal(await nothing('generated'), ['nothing has reached it yet'])
  const made = ledger.driver.store.outcomes.get(ledger.refs.generated[0])!.epoch
  const range = { from: made + 1, to: ledger.driver.epoch }
  const { root } = (await view.explain(recordOf(ledger.refs.generated), range))!
  assert.equal(remarks(root)[0], 'nothing reached it in these epochs')
})

test('E4: a session: its deposit is what was paid, what came back and what is left', async () => {
  const main = child((await explain('main')).root, /deposit/)
  assert.is(main.amount, 50_000_000)
  assert.is(child(main, /still in the session/).amount, 50_000_000 - 2_992_780)
  assert.is(child(child((await explain('brief')).root, /deposit/), /returned/).amount, 3_000_000)
  const short = (await explain('short')).root
  assert.is(child(short, /unpaid/).amount, 1_200_000)
  assert.is(child(child(short, /^deposit/), /returned/).amount, 2_000_000)
  const last = child((await explain('main', 8)).root, /deposit/)
  assert.is(child(last, /earlier epochs/).amount, 2_989_780)
})

test('E4: what was paid after the asked epochs is not told as left or returned', async () => {
  const whole = 2_992_780
  for (const [epoch, earlier, later] of [
    [5, undefined, whole],
    [6, undefined, 203_000],
    [7, 2_789_780, 3_000],
  ] as const) {
    const told = await explain('main', epoch)
    assertAddsUp(told)
    const deposit = child(told.root, /deposit/)
    const amountOf = (text: RegExp) => deposit.children.find(line => text.test(line.text))?.amount
    assert.is(amountOf(/still in the session/), 50_000_000 - whole, `${epoch}`)
    assert.is(amountOf(/paid in earlier epochs/), earlier, `${epoch}`)
    assert.is(amountOf(/paid in later epochs/), later, `${epoch}`)
  }
  const unpaid = (await explain('short', 5)).root.children.find(({ text }) => /unpaid/.test(text))
  assert.is(unpaid, undefined, 'what was billed later is no part of these epochs')
  assert.is(child(child((await explain('short', 5)).root, /^deposit/), /returned/).amount, 2_000_000)
})

test('R4: a record says what became of it, and where its fee went', async () => {
  const first = (await explain('first')).root
  assert.ok(remarks(first).includes('final in epoch 6: paid'))
  assert.is(child(child(first, /its fee/), /data/).amount, 303_600)
  assert.ok(remarks((await explain('unpaid')).root).includes('final in epoch 6: unpaid'))
})

test('R6: a fee beyond the model’s price is told, one at the price is not', async () => {
  const told = (root: ExplanationNode) => remarks(root).some(text => /price/.test(text))
  assert.not.ok(told((await explain('first')).root))
  assert.ok(told((await explain('overpriced')).root))
})

test('R6: a refinement’s parents are compared with what its source drew on', async () => {
  const texts = remarks((await explain('generated')).root)
  assert.ok(texts.some(text => /parent what its source doesn’t say/.test(text)))
  assert.ok(texts.some(text => /leaves out of its parents/.test(text)))
})

test('R6: an action’s calls are compared with what they point to', async () => {
  const { driver, refs } = await buildSmallLedger(tempFolder())
  const batch = await driver.batch('bob', [
    {
      kind: 'action',
      session: refs.acting,
      agent: refs.bot,
      result: new Uint8Array(32),
      fee: 1,
      calls: [refs.overpriced, [driver.chain, 3], refs.tar],
    },
  ])
  await driver.finalize()
  const { root } = (await new LedgerView(driver.store).explain({ type: 'record', batch, index: 0 }))!
  const texts = remarks(root)
  assert.ok(texts.some(text => /base-1b".*isn’t one of the agent’s models/.test(text)))
  assert.ok(texts.some(text => /isn’t here/.test(text)))
  assert.ok(texts.some(text => /calls a contribution/.test(text)))
  await driver.close()
})

test('some epochs: their payouts', async () => {
  const account = actorAccount('eve')
  const paid = ledger.driver.results.map(({ payouts }) => payouts.find(paid => paid.account === account)?.amount ?? 0)
  const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0)
  for (const [from, to] of [
    [1, 6],
    [6, 7],
    [7, 9],
    [2, 2],
  ] as const) {
    const told = (await view.explain({ type: 'account', account }, { from, to }))!
    assert.equal([told.from, told.to, told.oldest], [from, to, 1])
    assert.is(told.root.amount, sum(paid.slice(from - 1, to)), `${from}..${to}`)
  }
})

test('what an author wrote in some epochs is what it wrote in all of them, cut out', async () => {
  const { store, epoch } = ledger.driver
  const read = async (author: AccountKey, range: { from: number; to: number }) => {
    const found: FinalRecord[] = []
    for await (const record of authorRecords(store, author, range)) found.push(record)
    return found
  }
  const eve = await read(actorAccount('eve'), { from: 1, to: epoch })
  assert.ok(new Set(eve.map(record => record.epoch)).size > 1)
  for (let from = 1; from <= epoch; from++) {
    for (let to = from; to <= epoch; to++) {
      const cut = eve.filter(record => record.epoch >= from && record.epoch <= to)
      assert.equal(await read(actorAccount('eve'), { from, to }), cut, `${from}..${to}`)
    }
  }
  assert.equal(await read(actorAccount('nobody'), { from: 1, to: epoch }), [])
})

test('without epochs the last 1,000 are told of, and that there are more', async () => {
  const { store } = ledger.driver
  const { head } = store
  const spanAt = async (epoch: number, range = {}) => {
    Object.assign(store, { head: () => ({ ...head.call(store)!, epoch }) })
    const { from, to, oldest } = (await view.explain(accountOf('eve'), range))!
    return [from, to, oldest]
  }
  try {
    assert.equal(await spanAt(1_000), [1, 1_000, 1])
    assert.equal(await spanAt(5_009), [4_010, 5_009, 1])
    assert.equal(await spanAt(5_009, { to: 2_000 }), [1_001, 2_000, 1])
    assert.equal(await spanAt(5_009, { from: 2 }), [2, 5_009, 1])
  } finally {
    Object.assign(store, { head })
  }
  const made = await view.explain(recordOf(ledger.refs.tar), { from: 9, to: 9 })
  assert.is(made!.oldest, store.outcomes.get(ledger.refs.tar[0])!.epoch)
})

test('epochs that can’t be told of are refused', async () => {
  const { epoch } = ledger.driver
  const code = (range: { from?: number; to?: number }) =>
    view.explain(accountOf('eve'), range).catch((error: { code: string }) => error.code)
  assert.is(await code({ from: 3, to: 2 }), 'range')
  assert.is(await code({ from: 1, to: epoch + 1 }), 'not-yet')
  assert.is(await code({ from: epoch + 1 }), 'not-yet')
})

test('epochs that paid an account nothing are passed over without opening their books', async () => {
  const { flows } = ledger.driver.store
  const opened: number[] = []
  const all = flows.all
  const noting = (epoch: number) => {
    opened.push(epoch)
    return all.call(flows, epoch)
  }
  Object.assign(flows, { all: noting })
  try {
    const account = actorAccount('eve')
    await view.explain({ type: 'account', account })
    const paid = ledger.driver.results.flatMap(({ payouts }, i) =>
      payouts.some(each => each.account === account) ? [i + 1] : [],
    )
    assert.equal(opened, paid)
    assert.ok(paid.length > 0 && paid.length < ledger.driver.epoch)
  } finally {
    Object.assign(flows, { all })
  }
})

test('a subject that isn’t known is undefined', async () => {
  assert.is(await view.explain(accountOf('nobody')), undefined)
  assert.is(await view.explain({ type: 'record', batch: ledger.driver.chain, index: 0 }), undefined)
})

test('a validator of the genesis is known as soon as it has a status', async () => {
  // Two tenths of a µOPEN would be each operator's own: only its stake earns.
  const params = { bytePrice: 8 }
  const driver = await LedgerDriver.begin(tempFolder(), { funds: { ana: 1_000 }, params })
  const own = new LedgerView(driver.store)
  const account = actorAccount('val0')
  const asked = async () => [await own.account(account), (await own.explain({ type: 'account', account }))?.root]
  await driver.finalize()
  assert.equal(await asked(), [undefined, undefined])
  await driver.batch('ana', [{ kind: 'transfer', to: actorKey('bo').publicKey, amount: 1 }])
  await driver.finalize()
  const [status, root] = (await asked()) as [AccountStatus, ExplanationNode]
  assert.equal([status.credit, status.accrued], [0, 2])
  assert.equal([root.amount, root.children], [0, []])
  await driver.close()
})

test('answers are bounded: the biggest are shown, the others counted', () => {
  const root = Branch.sum('all')
  for (let i = 1; i <= 500; i++) {
    root.add(i).sum(`${i}`, `line ${i}`).add(i)
    root.sum('500', '').leaf({ text: 'leaf', amount: i, ref: ledger.refs.first, epoch: 1 })
  }
  const node = root.toNode()
  assert.equal([node.children.length, node.omitted], [12, 488])
  assert.equal(node.children.map(({ amount }) => amount).slice(0, 3), [500, 499, 498])
  const [biggest] = node.children
  assert.equal([biggest!.children.map(({ amount }) => amount), biggest!.omitted], [[500, 499, 498, 497, 496, 495], 494])
})

test('an explanation that nobody waits for any more ends', async () => {
  const gone = new AbortController()
  gone.abort()
  for (const subject of [accountOf('eve'), recordOf(ledger.refs.net)]) {
    const failure = await view.explain(subject, {}, gone.signal).catch((error: Error) => error.name)
    assert.is(failure, 'AbortError')
  }
})
