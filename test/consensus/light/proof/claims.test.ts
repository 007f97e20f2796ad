import * as assert from 'uvu/assert'
import { Cid } from '../../../../consensus/cid.ts'
import { nobleCrypto } from '../../../../consensus/crypto.ts'
import type { AssetCell } from '../../../../consensus/ledger/cells/asset.ts'
import { ClaimReader, otherPrice } from '../../../../consensus/light/proof/claims.ts'
import type { PaidBill } from '../../../../consensus/light/proof/paid-records.ts'
import type { SignedRecord } from '../../../../consensus/light/proof/signed-batch.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import type { LedgerRecord } from '../../../../consensus/records/registry.ts'
import { type RefKey, refKey } from '../../../../consensus/ref.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/proof/claims')

const batch = Cid.of(nobleCrypto, new Uint8Array([7]))
const hash = new Uint8Array(32)
const refs = { model: 0, other: 1, net: 2, inside: 3, outside: 4, session: 5, foreign: 6, called: 7, agent: 8 } as const
type Name = keyof typeof refs
const ref = (name: Name) => [batch, refs[name]] as const
const key = (name: Name): RefKey => refKey(...ref(name))

const inference = (change: object = {}) =>
  ({
    kind: 'inference',
    session: ref('session'),
    model: ref('model'),
    request: hash,
    response: hash,
    tokensIn: 100,
    tokensOut: 50,
    fee: 500,
    ...change,
  }) as Extract<LedgerRecord, { kind: 'inference' }>

const action = (calls: readonly Name[]) =>
  ({
    kind: 'action',
    session: ref('session'),
    agent: ref('agent'),
    result: hash,
    fee: 9,
    calls: calls.map(ref),
  }) as Extract<LedgerRecord, { kind: 'action' }>

const model = { kind: 'model', name: 'm', baseShare: 0, minBaseShare: 0, price: { in: 2_000, out: 6_000 } }
const session = { kind: 'session', payee: hash, deposit: 1, expires: 9 }

/** What there is to compare with; whatever isn't in it nobody has. */
function readerOf(
  records: Partial<Record<Name, readonly [record: object, author: string]>>,
  cells: Partial<Record<Name, object>> = {},
): ClaimReader {
  const find = <T>(known: Partial<Record<Name, T>>, wanted: RefKey): T => {
    const found = Object.entries(known).find(([name]) => key(name as Name) === wanted)
    if (found === undefined) throw new ProofError('missing', 'nobody has it')
    return found[1] as T
  }
  return new ClaimReader({
    async record(wanted) {
      const [record, author] = find(records, wanted)
      return { ref: wanted, batch, author, record } as unknown as SignedRecord
    },
    async asset(wanted) {
      return find(cells, wanted) as AssetCell
    },
  })
}

const billOf = (bill: PaidBill['bill'], author = 'eve'): PaidBill =>
  ({ bill, signed: { batch, author, record: bill } }) as unknown as PaidBill

const cells = {
  model: { kind: 'model', reach: [key('net')] },
  agent: { kind: 'agent', reach: [], bases: [[key('model'), 1_000_000]] },
  inside: { kind: 'contribution', datanet: key('net') },
  outside: { kind: 'contribution', datanet: key('other') },
}

test('R6: a fee is compared with the model’s price, and may be rounded either way', async () => {
  for (const fee of [499, 500, 501, 502, 0]) {
    const expected = Math.abs(fee - 500) < 1 ? undefined : 500
    assert.is(otherPrice(model.price as never, inference({ fee })), expected, `${fee}`)
  }
  const reader = readerOf({ model: [model, 'di'] }, cells)
  assert.equal(await reader.ofBill(billOf(inference())), [])
  assert.equal(await reader.ofBill(billOf(inference({ fee: 700 }))), [
    { fault: 'price', about: key('model'), listed: 500 },
  ])
})

test('R6: what is named is compared with the model’s reach', async () => {
  const uses = [
    [ref('inside'), 500_000],
    [ref('outside'), 500_000],
  ]
  const claims = await readerOf({ model: [model, 'di'] }, cells).ofBill(billOf(inference({ uses })))
  assert.equal(claims, [{ fault: 'reach', about: key('outside') }])
})

test('R6: calls are compared with what was called, the agent’s models, and who paid', async () => {
  const known = { session: [session, 'uma'], foreign: [session, 'vera'], net: [{ kind: 'datanet' }, 'di'] } as const
  const faults = async (called: object, calls: readonly Name[] = ['called']) => {
    const reader = readerOf({ ...known, called: [called, 'eve'] }, cells)
    return (await reader.ofBill(billOf(action(calls)))).map(({ fault }) => fault)
  }
  assert.equal(await faults(inference()), [])
  assert.equal(await faults(inference({ model: ref('other') })), ['call-model'])
  assert.equal(await faults(inference({ session: ref('foreign') })), ['call-payer'])
  assert.equal(await faults(inference(), ['net']), ['call-kind'])
})

test('R6: a source is compared with the parents of what it generated', async () => {
  const refinement = (parents: readonly Name[], source: Name = 'called') => ({
    kind: 'refinement',
    parents: parents.map(parent => [ref(parent), 1]),
    source: ref(source),
  })
  const source = inference({ uses: [[ref('inside'), 1_000_000]] })
  const of = (data: object) =>
    readerOf({ other: [data, 'cy'], called: [source, 'eve'], net: [{ kind: 'datanet' }, 'di'] }).ofData(key('other'))
  assert.equal(await of(refinement(['inside'])), [])
  assert.equal(await of(refinement(['outside'])), [
    { fault: 'source-parent', about: key('outside') },
    { fault: 'source-use', about: key('inside') },
  ])
  assert.equal(await of(refinement(['inside'], 'net')), [{ fault: 'source-kind', about: key('net') }])
  assert.equal(await of(refinement(['inside'], 'foreign')), [{ fault: 'unknown', about: key('foreign') }])
})

test('what nobody has is said not to be compared; any other fault of a proof is one', async () => {
  const claims = await readerOf({}, cells).ofBill(billOf(inference({ fee: 700 })))
  assert.equal(claims, [{ fault: 'unknown', about: key('model') }])
  const refused = async () => {
    throw new ProofError('signature', 'not signed')
  }
  const reader = new ClaimReader({ record: refused, asset: refused })
  const error = await reader.ofBill(billOf(inference())).catch((caught: Error) => caught)
  assert.instance(error, ProofError)
})
