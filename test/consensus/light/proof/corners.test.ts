/** What the small ledger doesn't come to: origins that stand in for parents, an unattributed wait that lapses, uses that don't count. */
import * as assert from 'uvu/assert'
import { utf8 } from '../../../../consensus/bytes.ts'
import { Cid, codecRaw } from '../../../../consensus/cid.ts'
import { checkRouted } from '../../../../consensus/light/proof/routed.ts'
import { walkPayout } from '../../../../consensus/light/proof/walk.ts'
import type { LedgerRecord } from '../../../../consensus/records/registry.ts'
import type { Weighted } from '../../../../consensus/records/schema.ts'
import { voucherBytes } from '../../../../consensus/records/voucher.ts'
import { type Ref, refKey } from '../../../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../../../../src/crypto/native.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
import { actorAccount, actorKey, LedgerDriver } from '../../../fixtures/ledger-driver.ts'
import { booksOf, nodesOf, trustedEpoch } from '../../../fixtures/proving.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/corners')
const whole = 1_000_000

let driver: LedgerDriver
let prover: Prover
let bills: Cid
let scan: Ref
let used: number

test.before(async () => {
  driver = await LedgerDriver.begin(tempFolder(), {
    funds: { uma: 100 * whole },
    params: { attributionWindow: 1, maxFlowAssets: 1, burn: 100_000 },
  })
  prover = new Prover(driver.store)
  const refs = await assets()
  const session = await driver.batch('uma', [
    { kind: 'session', payee: actorKey('eve').publicKey, deposit: 50 * whole, expires: 900 },
  ])
  await driver.finalize()
  bills = await driver.batch('eve', [
    voucher([session, 0], 20 * whole),
    bill([session, 0], refs.helper, 1_000_001, [
      [refs.tar2, 600_000],
      [refs.scan, 400_000],
    ]),
    bill([session, 0], refs.oracle, 2_000_003, undefined),
  ])
  await driver.finalize()
  used = driver.epoch
  scan = refs.scan
  // What waits lapses.
  await driver.finalize()
})

test.after(async () => {
  await prover.close()
  await driver.close()
})

async function assets() {
  const net = await driver.batch('ana', [
    datanet('net', 'open', []),
    datanet('clinic', 'reviewed', [actorKey('rex').publicKey]),
  ])
  await driver.finalize()
  const data = await driver.batch('bo', [
    content('contribution', [net, 0], 'tar'),
    content('contribution', [net, 1], 'scan'),
  ])
  await driver.finalize()
  const made = await driver.batch('cy', [
    { ...content('refinement', [net, 0], 'tar2'), parents: [[[data, 0], whole]] } as LedgerRecord,
  ])
  await driver.finalize()
  const named = { baseShare: 0, minBaseShare: 0, price: { in: 0, out: 0 } }
  const models = await driver.batch('di', [
    {
      kind: 'model',
      name: 'helper',
      ...named,
      data: [
        [[net, 0], 500_000],
        [[net, 1], 500_000],
      ],
    },
    { kind: 'model', name: 'oracle', ...named, data: [[[data, 0], whole]], attributor: actorKey('att').publicKey },
  ])
  await driver.finalize()
  return { tar2: [made, 0], scan: [data, 1], helper: [models, 0], oracle: [models, 1] } as const
}

function datanet(name: string, admission: 'open' | 'reviewed', reviewers: Uint8Array[]): LedgerRecord {
  return {
    kind: 'datanet',
    name,
    admission,
    reviewers,
    ownerShare: 50_000,
    originShare: 400_000,
    refinerShare: 300_000,
  }
}

function content(kind: string, net: Ref, text: string): LedgerRecord {
  const bytes = utf8(text)
  return {
    kind,
    datanet: net,
    content: Cid.of(crypto, bytes, codecRaw),
    size: bytes.length,
    media: 'text/plain',
  } as LedgerRecord
}

function voucher(session: readonly [Cid, number], total: number): LedgerRecord {
  const signature = actorKey('uma').sign(voucherBytes(driver.chain, refKey(...session), total))
  return { kind: 'voucher', session, total, signature }
}

function bill(session: Ref, model: Ref, fee: number, uses: readonly Weighted[] | undefined): LedgerRecord {
  const hash = crypto.sha256(utf8(`${fee}`))
  const hashes = { request: hash, response: hash }
  return { kind: 'inference', session, model, ...hashes, tokensIn: 1, tokensOut: 1, fee, ...(uses && { uses }) }
}

test('F4: where origins stand in for parents, their owners’ part is the greater one, and proved', async () => {
  const flow = driver.results[used - 1]!.flows.find(({ kind, lists }) => kind === 'asset' && lists.length === 2)!
  assert.equal(
    flow.lists.map(({ name }) => name),
    ['origins', 'parents'],
  )
  const books = booksOf(trustedEpoch(driver.store, used), prover)
  const { payout } = (await walkPayout(books, actorAccount('bo')))!
  const [line] = payout.lines
  assert.is(line!.role, 'origin')
  assert.is(line!.amount, flow.lists[0]!.amount + flow.lists[1]!.amount)
})

test('F3: what lapses unattributed is traced to the wait', async () => {
  const books = booksOf(trustedEpoch(driver.store, used + 1), prover)
  const { root } = (await walkPayout(books, actorAccount('bo')))!
  const causes = [...nodesOf(root)].flatMap(({ subject }) =>
    subject.type === 'cause' ? [`${subject.from.kind} ${subject.list}`] : [],
  )
  assert.equal(causes, ['waiting unnamed'])
})

test('F5: a pool of which a part is burned is divided without it', async () => {
  const books = booksOf(trustedEpoch(driver.store, used), prover)
  const { payout } = (await walkPayout(books, actorAccount('val0')))!
  assert.is(payout.lines[0]!.role, 'operator')
  const { amount, inbound } = await books.pool()
  assert.is(amount, (inbound.total as number) - Math.floor((inbound.total as number) / 10))
})

test('F3: an asset that was named without being accepted is proved not to count', async () => {
  const books = booksOf(trustedEpoch(driver.store, used), prover)
  const { verdict } = await checkRouted(books, bills, 1, refKey(scan[0]!, scan[1]))
  assert.equal(verdict, { routed: false, why: 'not-counted' })
})
