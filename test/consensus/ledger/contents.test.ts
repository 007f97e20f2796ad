/** E5: one origin per content and datanet. */
import * as assert from 'uvu/assert'
import { toKey, utf8 } from '../../../consensus/bytes.ts'
import { Cid, codecDagCbor, codecRaw } from '../../../consensus/cid.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { outcomeName } from '../../../consensus/ledger/outcome.ts'
import { testnetParams } from '../../../consensus/params.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import type { Ref } from '../../../consensus/ref.ts'
import { BatchAuthor } from '../../fixtures/batch-author.ts'
import { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/contents')

const validator = { account: toKey(quickKey('val').publicKey), key: quickKey('vote').publicKey }
const genesis = newGenesis({
  name: 'contents',
  time: 0,
  params: testnetParams,
  accounts: [],
  validators: [{ ...validator, stake: 1, commission: 0, name: 'val' }],
})
const terms = { ownerShare: 0, originShare: 300_000, refinerShare: 0 }
const datanet: LedgerRecord = { kind: 'datanet', name: 'n', admission: 'open', reviewers: [], ...terms }
const poem = utf8('poem')

function contribution(net: Ref, codec = codecRaw): LedgerRecord {
  return { kind: 'contribution', datanet: net, content: Cid.of(quickCrypto, poem, codec), size: 4, media: 'text/plain' }
}

test('E5: the same bytes under another codec are the same content', () => {
  const { ledger, net, other, write } = begin()
  assert.equal(write(ledger, { ana: [contribution(net)] }), { ana: ['done'] })
  const again = [contribution(net, codecDagCbor), contribution(net), contribution(other)]
  assert.equal(write(ledger, { bo: again }), { bo: ['duplicate-content', 'duplicate-content', 'done'] })
})

test('E5: those who brought it first, in one epoch, may bring it again, and nobody else', () => {
  const { ledger, net, write } = begin()
  assert.equal(write(ledger, { ana: [contribution(net)], bo: [contribution(net)] }), { ana: ['done'], bo: ['done'] })
  assert.equal(write(ledger, { ana: [contribution(net)], bo: [contribution(net)], cy: [contribution(net)] }), {
    ana: ['done'],
    bo: ['done'],
    cy: ['duplicate-content'],
  })
})

test('E5: a contribution that failed takes nothing from anybody', () => {
  const { ledger, net, write } = begin()
  assert.equal(write(ledger, { ana: [contribution([ledger.chain, 7])] }), { ana: ['unknown-ref'] })
  assert.equal(write(ledger, { bo: [contribution(net)] }), { bo: ['done'] })
})

/** A ledger with two datanets, and somebody to write. */
function begin() {
  const ledger = new EpochLedger(quickCrypto, genesis)
  const authors = Object.fromEntries(
    ['ana', 'bo', 'cy'].map(name => [name, new BatchAuthor(quickCrypto, ledger.chain, quickKey(name))]),
  )
  /** One epoch; outcomes by author. */
  const write = (to: EpochLedger, batches: Readonly<Record<string, readonly LedgerRecord[]>>) => {
    const parts = Object.entries(batches).map(([name, records]) => {
      authors[name]!.write(records)
      return authors[name]!.takePart()!
    })
    const { outcomes } = to.finalize(parts)
    return Object.fromEntries(
      Object.keys(batches).map(name => {
        const batch = outcomes.find(({ author }) => author === authors[name]!.account)!
        return [name, [...batch.codes].map(code => outcomeName(code)!)]
      }),
    )
  }
  write(ledger, { cy: [datanet, datanet] })
  const { batch } = ledger.results[0]!.outcomes[0]!
  const [net, other]: [Ref, Ref] = [
    [batch, 0],
    [batch, 1],
  ]
  return { ledger, net, other, write }
}
