/** F3: what models take over from their bases is bounded by the bytes that they come in. */
import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { assetCellKey, assetCodec } from '../../../consensus/ledger/cells/asset.ts'
import { InheritedReach, reachMax } from '../../../consensus/ledger/inherited-reach.ts'
import { outcomeName } from '../../../consensus/ledger/outcome.ts'
import { testnetParams } from '../../../consensus/params.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import type { Weighted } from '../../../consensus/records/schema.ts'
import { type Ref, refKey } from '../../../consensus/ref.ts'
import { BatchAuthor } from '../../fixtures/batch-author.ts'
import { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/inherited-reach')

const names = (from: number, count: number) => Array.from({ length: count }, (_, i) => `ref ${from + i}`)

/** Room for so many entries, however few are free. */
const bytesFor = (entries: number) => 16 * (entries - 64)

test('F3: what bases reach together counts once, up to the bound of a model', () => {
  const reach = new InheritedReach(bytesFor(2 * reachMax))
  assert.is(reach.take([names(0, 700), names(300, 700)])?.size, 1_000)
  assert.is(reach.take([names(0, reachMax)])?.size, reachMax)
  const room = bytesFor(2 * reachMax)
  assert.is(new InheritedReach(room).take([names(0, reachMax), names(1, reachMax)]), undefined)
})

test('F3: an author has room for one usual model, and more for more bytes; who inherits nothing needs none', () => {
  const [some, more] = [new InheritedReach(0), new InheritedReach(16 * 500)]
  assert.ok(some.take([names(0, 64)]))
  assert.ok(more.take([names(0, 64)]))
  assert.is(some.take([names(0, 1)]), undefined)
  assert.is(some.take([])?.size, 0)
  assert.is(some.take([[]])?.size, 0)
  assert.is(more.take([names(0, 500)])?.size, 500)
  assert.is(more.take([names(0, 1)]), undefined)
})

test('F3: what is looked at in vain is used up', () => {
  const room = bytesFor(2 * reachMax)
  for (const vain of [[names(0, reachMax + 1)], [names(0, reachMax), names(1, reachMax)]]) {
    const reach = new InheritedReach(room)
    for (let i = 0; i < 2; i++) assert.is(reach.take(vain), undefined)
    assert.is(reach.take([names(0, 1)]), undefined)
  }
})

test('F3: what doesn’t fit by itself isn’t even read', () => {
  const unread = { length: 65, [Symbol.iterator]: () => assert.unreachable('was read') as never }
  assert.is(new InheritedReach(0).take([names(0, 64), unread]), undefined)
})

test('F3: a batch of models on one that reaches much writes few of them', () => {
  const account = toKey(quickKey('val').publicKey)
  const validator = { account, key: quickKey('vote').publicKey, stake: 1, commission: 0, name: 'val' }
  const genesis = newGenesis({ name: 'reach', time: 0, params: testnetParams, accounts: [], validators: [validator] })
  const ledger = new EpochLedger(quickCrypto, genesis)
  const ana = new BatchAuthor(quickCrypto, ledger.chain, quickKey('ana'))
  const execute = (records: readonly LedgerRecord[]) => {
    const { cid } = ana.write(records)
    const { outcomes } = ledger.finalize([ana.takePart()!])
    return { cid, outcomes: [...outcomes[0]!.codes].map(code => outcomeName(code)) }
  }
  const nets = execute(new Array(512).fill(datanet)).cid
  const own = Array.from({ length: 8 }, (_, i) => ({ ...model, data: weighted(nets, 64 * i, 64) }))
  const wide = { ...model, base: weighted(null, 0, 8) }
  const made = execute([...own, wide])
  assert.is(ledger.cell(assetCodec, assetCellKey(refKey(made.cid, 8)))?.kind, 'model')
  const heirs = execute(new Array(100).fill({ ...model, base: weighted(made.cid, 8, 1) })).outcomes
  const done = heirs.filter(outcome => outcome === 'done').length
  // 64 entries are free; some 11 kB make room for one model of 512.
  assert.is(done, 1)
  assert.equal(heirs.slice(done), new Array(100 - done).fill('reach-too-large'))
})

const datanet: LedgerRecord = {
  kind: 'datanet',
  name: 'n',
  admission: 'open',
  reviewers: [],
  ownerShare: 0,
  originShare: 300_000,
  refinerShare: 0,
}
const model = { kind: 'model', name: 'm', baseShare: 0, minBaseShare: 0, price: { in: 0, out: 0 } } as const

function weighted(batch: Ref[0], from: number, count: number): Weighted[] {
  return Array.from({ length: count }, (_, i) => [[batch, from + i], i === 0 ? 1_000_001 - count : 1])
}
