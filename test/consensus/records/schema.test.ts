/** R4: what the bytes of a record alone can get wrong, kind by kind and field by field. */
import * as assert from 'uvu/assert'
import { ppmWhole, supplyMax } from '../../../consensus/amount.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { Cid, codecRaw } from '../../../consensus/cid.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { testnetParams } from '../../../consensus/params.ts'
import { checkRecord, kindNames } from '../../../consensus/records/registry.ts'
import { type Form, formsOf, type RecordKind, recordForms } from '../../../src/records/form.ts'
import { quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('records/schema')

type Fields = Readonly<Record<string, Value>>

const account = (name: string): Uint8Array => quickKey(name).publicKey
const accounts = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => account(`account ${i}`))
const digest = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const raw = Cid.fromDigest(digest(1), codecRaw)
const ref = (index: number): Value => [Cid.fromDigest(digest(2)), index]
const refs = (count: number): Value[] => Array.from({ length: count }, (_, i) => ref(i))
/** Weights as unequal as may be. */
const weights = (count: number, least = 1): Value[] =>
  refs(count).map((item, i) => [item, i === 0 ? ppmWhole - (count - 1) * least : least])
const safe = Number.MAX_SAFE_INTEGER
const name = 'é'.repeat(64)

const signature = new Uint8Array(64)
const message = (type: number): Fields => ({ type, epoch: 1, round: 0, checkpoint: null, validRound: -1, signature })
const proposalMessage: Fields = {
  ...message(0),
  epoch: safe,
  round: 2 ** 31 - 1,
  checkpoint: Cid.fromDigest(digest(4)),
  validRound: 2 ** 31 - 2,
  content: digest(5),
}

/** Per kind the least that is valid, and the most. */
const samples: { readonly [K in RecordKind]: readonly [least: Fields, most: Fields] } = {
  transfer: [
    { to: account('a'), amount: 1 },
    { to: account('a'), amount: supplyMax, memo: '𝄞'.repeat(64) },
  ],
  datanet: [
    { name: 'n', admission: 'open', reviewers: [], ownerShare: 0, originShare: 0, refinerShare: 0 },
    {
      name,
      terms: raw,
      admission: 'reviewed',
      reviewers: accounts(16),
      ownerShare: ppmWhole,
      originShare: ppmWhole,
      refinerShare: ppmWhole,
    },
  ],
  contribution: [
    { datanet: ref(0), content: raw, size: 0, media: 't' },
    { datanet: [null, 0], content: Cid.fromDigest(digest(3)), size: safe, media: 'm'.repeat(127) },
  ],
  refinement: [
    { datanet: ref(0), content: raw, size: 0, media: 't', parents: weights(1) },
    {
      datanet: ref(1023),
      content: raw,
      size: safe,
      media: 'm'.repeat(127),
      parents: weights(16, 15_625),
      source: ref(4),
    },
  ],
  review: [
    { asset: ref(0), verdict: 'accept' },
    { asset: ref(0), verdict: 'reject', reason: 'r'.repeat(512) },
  ],
  reviewers: [
    { datanet: ref(0), reviewers: [] },
    { datanet: ref(0), reviewers: accounts(16) },
  ],
  model: [
    { name: 'm', baseShare: 0, minBaseShare: 0, price: { in: 0, out: 0 } },
    {
      name,
      artifact: raw,
      base: weights(8),
      baseShare: ppmWhole,
      minBaseShare: ppmWhole,
      data: weights(64),
      price: { in: supplyMax, out: supplyMax },
      attributor: account('a'),
    },
  ],
  agent: [
    { name: 'a', models: weights(1), baseShare: 0 },
    { name, models: weights(16), baseShare: ppmWhole },
  ],
  assign: [
    { asset: ref(0), to: account('a') },
    { asset: [null, 1023], to: account('b') },
  ],
  session: [
    { payee: account('a'), deposit: 1, expires: 1 },
    { payee: account('a'), deposit: supplyMax, expires: safe, for: refs(16) },
  ],
  close: [{ session: ref(0) }, { session: [null, 0] }],
  voucher: [
    { session: ref(0), total: 1, signature: new Uint8Array(64) },
    { session: ref(0), total: supplyMax, signature: new Uint8Array(64).fill(255) },
  ],
  inference: [
    { session: ref(0), model: ref(1), request: digest(0), response: digest(0), tokensIn: 0, tokensOut: 0, fee: 1 },
    {
      session: ref(0),
      model: ref(1),
      request: digest(255),
      response: digest(255),
      tokensIn: safe,
      tokensOut: safe,
      fee: supplyMax,
      uses: weights(256),
    },
  ],
  action: [
    { session: ref(0), agent: ref(1), result: digest(0), fee: 1, calls: [] },
    { session: ref(0), agent: ref(1), result: digest(255), fee: supplyMax, calls: refs(256), uses: weights(256) },
  ],
  attribution: [
    { model: ref(0), uses: weights(1), method: 'm' },
    { model: ref(0), uses: weights(256), method: name, evidence: raw },
  ],
  validator: [
    { key: account('v'), possession: new Uint8Array(64), commission: 0, name: 'v' },
    { key: account('v'), possession: new Uint8Array(64).fill(255), commission: ppmWhole, name },
  ],
  stake: [
    { validator: account('v'), amount: 1 },
    { validator: account('v'), amount: supplyMax },
  ],
  unstake: [
    { validator: account('v'), amount: 1 },
    { validator: account('v'), amount: supplyMax },
  ],
  proposal: [
    { changes: { burn: 0 }, reason: 'r' },
    { changes: { ...testnetParams } as unknown as Fields, reason: 'r'.repeat(512) },
  ],
  ballot: [
    { proposal: ref(0), vote: 'yes' },
    { proposal: [null, 0], vote: 'no' },
  ],
  evidence: [
    { key: account('v'), first: message(1), second: message(2) },
    { key: account('v'), first: proposalMessage, second: proposalMessage },
  ],
}

/** Lists and texts have bounds of their own; the greatest sample stands on each. */
const longest = (kind: RecordKind, field: string): Value => samples[kind][1][field]!

const noMap: readonly Value[] = [null, true, 'x', 7, digest(1), raw, []]
const noCount: readonly Value[] = [null, -1, '1', [], new Uint8Array()]
const wrongRefs: readonly Value[] = [
  ...[null, 0, 'x', raw, [], {}, [Cid.fromDigest(digest(2))], [Cid.fromDigest(digest(2)), 0, 0]],
  ...[[raw, 0], [digest(2), 0], ['x', 0], [null, -1], [null, 1024], [null, null], ref(1024)],
]
const wrongAccounts: readonly Value[] = [
  ...[null, 'did:key:z6Mk', digest(0), digest(255), new Uint8Array(31), new Uint8Array(33), [], {}],
]

/** Values that a field of that form refuses. */
function wrongOf(kind: RecordKind, field: string, form: Form): readonly Value[] {
  const most = longest(kind, field)
  switch (form) {
    case 'text':
      return [null, 7, '', [], digest(1), `${most as string}!`, `x${'y'.repeat(600)}`]
    case 'amount':
      return [...noCount, 0, supplyMax + 1]
    case 'share':
      return [...noCount, ppmWhole + 1]
    case 'count':
      return field === 'expires' ? [...noCount, 0] : noCount
    case 'price':
      return [
        ...noMap,
        {},
        { in: 1 },
        { out: 1 },
        { in: 1, out: 1, more: 1 },
        { in: -1, out: 1 },
        { in: 1, out: supplyMax + 1 },
      ]
    case 'account':
      return wrongAccounts
    case 'accounts':
      return [
        ...[null, account('a'), {}, accounts(17), [account('a'), account('a')]],
        ...wrongAccounts.map(wrong => [account('a'), wrong]),
      ]
    case 'ref':
      return wrongRefs
    case 'refs':
      return [...[null, {}, refs((most as Value[]).length + 1), [ref(1), ref(1)]], ...wrongRefs.map(wrong => [wrong])]
    case 'weights':
      return wrongWeights((most as Value[]).length, field === 'parents' ? 15_625 : 1)
    case 'cid':
      return [null, raw.bytes, String(raw), {}, []]
    case 'params':
      return [
        ...noMap,
        {},
        { none: 1 },
        { constructor: 1 },
        { burn: -1 },
        { burn: '1' },
        { burn: [0] },
        { actionShares: 1 },
        { actionShares: [0, 0, 0] },
        { actionShares: [0, 0, 0, -1] },
      ]
    case 'spend':
      return [
        ...noMap,
        { to: account('a') },
        { to: digest(0), amount: 1 },
        { to: account('a'), amount: 0 },
        { to: account('a'), amount: 1, more: 1 },
      ]
    case 'message':
      return [
        ...noMap,
        {},
        message(3),
        { ...message(1), content: digest(5) },
        { ...message(1), signature: new Uint8Array(63) },
        { ...message(1), epoch: 0 },
        { ...message(1), round: 2 ** 31 },
        { ...message(2), checkpoint: Cid.fromDigest(digest(4)), validRound: 0 },
        { ...proposalMessage, checkpoint: null },
        { ...proposalMessage, content: digest(5).subarray(1) },
      ]
    case 'hash':
      return [null, 'x', new Uint8Array(), new Uint8Array((most as Uint8Array).length - 1), new Uint8Array(65)]
  }
}

function wrongWeights(countMax: number, least: number): readonly Value[] {
  return [
    ...[null, {}, [], [ref(0)], [[ref(0)]], [[ref(0), ppmWhole, 1]], [[ppmWhole, ref(0)]]],
    [[ref(0), ppmWhole - 1]],
    [[ref(0), ppmWhole + 1]],
    [
      [ref(0), ppmWhole],
      [ref(1), least],
    ],
    [
      [ref(0), ppmWhole - least + 1],
      [ref(1), least - 1],
    ],
    [
      [ref(0), ppmWhole / 2],
      [ref(0), ppmWhole / 2],
    ],
    refs(countMax + 1).map((item, i) => [item, i === 0 ? ppmWhole - countMax * least : least]),
    ...wrongRefs.map(wrong => [[wrong, ppmWhole]]),
  ]
}

/** As it comes out of a body. */
const decoded = (kind: string, fields: Fields): Value => decode(encode({ kind, ...fields }))

function refuses(value: Value, field: string): void {
  try {
    checkRecord(value)
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    assert.ok(
      error.field === field || error.field.startsWith(`${field}[`) || error.field.startsWith(`${field}.`),
      error.message,
    )
    assert.match(error.message, /expected .+, got /)
    return
  }
  assert.unreachable(`${field} was accepted`)
}

test('R4: every kind of the registry has its samples and its forms', () => {
  assert.equal(Object.keys(samples).sort(), [...kindNames].sort())
  assert.equal(Object.keys(recordForms).sort(), [...kindNames].sort())
})

for (const kind of Object.keys(samples) as RecordKind[]) {
  const [least, most] = samples[kind]
  const forms = formsOf(kind)

  test(`R4: ${kind}: the least and the most are accepted, and stay as they are`, () => {
    for (const fields of [least, most]) assert.equal(checkRecord(decoded(kind, fields)), decoded(kind, fields))
    // A proposal is of one of two things.
    const fields = Object.keys(forms).filter(field => field !== 'spend')
    assert.equal(Object.keys(most).sort(), fields.sort(), 'the greatest sample has every field')
  })

  test(`R4: ${kind}: no field but its own`, () => {
    for (const extra of ['extra', 'Kind', 'v', 'constructor', 'toString', 'hasOwnProperty', ''])
      refuses(decoded(kind, { ...least, [extra]: 1 }), `record.${extra}`)
  })

  for (const [field, form] of Object.entries(forms)) {
    test(`R4: ${kind}.${field} is refused where it is missing or wrong, by its name`, () => {
      const { [field]: _, ...without } = most
      if (Object.hasOwn(least, field)) refuses(decoded(kind, without), `record.${field}`)
      else checkRecord(decoded(kind, without))
      const wrong = wrongOf(kind, field, form)
      for (const value of wrong) refuses(decoded(kind, { ...most, [field]: value }), `record.${field}`)
    })
  }
}

test('R4: integers only where counts stand', () => {
  refuses({ kind: 'transfer', to: account('a'), amount: 1.5 }, 'record.amount')
  refuses({ kind: 'transfer', to: account('a'), amount: Number.NaN }, 'record.amount')
  refuses({ kind: 'session', payee: account('a'), deposit: 1, expires: 2 ** 53 }, 'record.expires')
})

test('R4: an open datanet has no reviewers', () => {
  const fields = { ...samples.datanet[1], admission: 'open' }
  refuses(decoded('datanet', fields), 'record.reviewers')
})

test('R4: bytes of text count, not its chars', () => {
  checkRecord(decoded('agent', { ...samples.agent[0], name: '水'.repeat(42) }))
  refuses(decoded('agent', { ...samples.agent[0], name: '水'.repeat(43) }), 'record.name')
  checkRecord(decoded('agent', { ...samples.agent[0], name: '𝄞'.repeat(32) }))
  refuses(decoded('agent', { ...samples.agent[0], name: `${'𝄞'.repeat(32)}!` }), 'record.name')
})

test('R4: a record is a map of a known kind', () => {
  for (const value of noMap.filter(value => !(value instanceof Cid))) refuses(value, 'record')
  for (const kind of [undefined, null, 7, '', 'Transfer', 'toString', '__proto__', ['transfer']] as Value[])
    refuses({ kind }, 'record.kind')
  refuses(raw, 'record')
})
