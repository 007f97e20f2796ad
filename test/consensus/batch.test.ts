import * as assert from 'uvu/assert'
import {
  type BatchBytes,
  batchSigningBytes,
  bodyBytesMax,
  decodeHeader,
  draftBatch,
  openBatch,
} from '../../consensus/batch.ts'
import { concat, equalBytes, utf8 } from '../../consensus/bytes.ts'
import { decode, EncodingError } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value, ValueMap } from '../../consensus/cbor/value.ts'
import { Cid, codecRaw } from '../../consensus/cid.ts'
import { type Crypto, nobleCrypto } from '../../consensus/crypto.ts'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import { ListTreeBuilder } from '../../consensus/merkle/list-tree.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import { signingKey } from '../../src/crypto/signing-key.ts'
import { quickCrypto, quickKey } from '../fixtures/quick-crypto.ts'
import { suite } from '../harness.ts'

const test = suite('batch')

const key = signingKey(new Uint8Array(32).fill(9))
const chain = Cid.of(nativeCrypto, utf8('genesis'))
const content = Cid.of(nativeCrypto, utf8('text'), codecRaw)
const asset = { content, size: 4, media: 'text/plain' }
const records: readonly LedgerRecord[] = [
  { kind: 'transfer', to: key.publicKey, amount: 5 },
  {
    kind: 'datanet',
    name: 'n',
    admission: 'open',
    reviewers: [],
    ownerShare: 0,
    originShare: 300_000,
    refinerShare: 0,
  },
  { kind: 'contribution', datanet: [null, 1], ...asset },
  { kind: 'refinement', datanet: [null, 1], ...asset, parents: [[[null, 2], 1_000_000]] },
]

function write(crypto: Crypto, list: readonly LedgerRecord[], seq = 1, prev: Cid | null = null): BatchBytes {
  const { header, body } = draftBatch(crypto, { chain, author: key.publicKey, seq, prev, time: 7, records: list })
  return { header, body, signature: key.sign(batchSigningBytes(header)) }
}

const sample = write(nativeCrypto, records)
const open = (bytes: BatchBytes) => openBatch(nativeCrypto, chain, bytes)

/** Bytes that their author didn't sign, or should not have signed. */
function isRefusal(error: unknown): boolean {
  const code = error instanceof LedgerError ? error.code : ''
  return error instanceof MalformedError || error instanceof EncodingError || code === 'signature'
}

test('R2: what was written is what is opened', () => {
  const batch = open(sample)
  assert.equal(batch.records, records)
  assert.ok(batch.cid.equals(Cid.of(nativeCrypto, sample.header)))
  assert.equal([batch.seq, batch.prev, batch.time, batch.count], [1, null, 7, 4])
  assert.ok(batch.chain.equals(chain) && equalBytes(batch.author, key.publicKey))
  const second = open(write(nativeCrypto, records, 2, batch.cid))
  assert.ok(second.prev?.equals(batch.cid))
})

test('R3: noble opens it too', () => {
  assert.equal(openBatch(nobleCrypto, chain, sample).records, records)
})

for (const part of ['header', 'signature', 'body'] as const) {
  test(`R2, R3: every bit of the ${part} counts`, () => {
    for (let bit = 0; bit < 8 * sample[part].length; bit++) {
      const bytes = sample[part].slice()
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      assert.throws(() => open({ ...sample, [part]: bytes }), isRefusal, `bit ${bit}`)
    }
  })

  test(`R2, R3: nothing of the ${part} may be missing or more`, () => {
    for (let length = 0; length < sample[part].length; length++) {
      assert.throws(() => open({ ...sample, [part]: sample[part].slice(0, length) }), isRefusal, `${length} bytes`)
    }
    for (const more of [0, 255]) {
      assert.throws(() => open({ ...sample, [part]: concat(sample[part], Uint8Array.of(more)) }), isRefusal)
    }
  })
}

test('R2: a batch of another chain is none of ours', () => {
  const other = Cid.of(nativeCrypto, utf8('another genesis'))
  assert.throws(() => openBatch(nativeCrypto, other, sample), isMalformed('header.chain'))
})

const isMalformed = (field: string) => (error: unknown) => error instanceof MalformedError && error.field === field

/** Signed by its author, whatever it says. */
function signed(change: (header: ValueMap) => Value, body = sample.body): BatchBytes {
  const header = encode(change(decode(sample.header) as ValueMap))
  return { header, body, signature: key.sign(batchSigningBytes(header)) }
}

const block = Cid.of(nativeCrypto, utf8('block'))
const wrongHeaders: readonly [field: string, value: Value][] = [
  ['header.v', 2],
  ['header.v', null],
  ['header.author', new Uint8Array(32)],
  ['header.author', key.publicKey.slice(1)],
  ['header.author', 'ana'],
  ['header.seq', 0],
  ['header.seq', 2 ** 48],
  ['header.seq', -1],
  ['header.seq', null],
  ['header.prev', block],
  ['header.prev', 0],
  ['header.time', -1],
  ['header.time', 'now'],
  ['header.body', content],
  ['header.body', null],
  ['header.count', 0],
  ['header.count', 1025],
  ['header.count', 3],
  ['header.count', 5],
  ['header.root', new Uint8Array(31)],
  ['header.root', new Uint8Array(32)],
  ['header.root', null],
  ['header.chain', block],
  ['header.chain', null],
]
for (const [field, value] of wrongHeaders) {
  const name = field.slice('header.'.length)
  const shown = value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value)
  test(`R4: a header whose ${name} is ${shown} is refused by name, though its author signed it`, () => {
    assert.throws(() => open(signed(header => ({ ...header, [name]: value }))), isMalformed(field))
  })
}

test('R4: a later batch names the one before it', () => {
  for (const prev of [null, content, 'x']) {
    assert.throws(() => open(signed(header => ({ ...header, seq: 2, prev }))), isMalformed('header.prev'))
  }
  assert.is(open(signed(header => ({ ...header, seq: 2, prev: block }))).seq, 2)
})

test('R4: a header has its fields and no others', () => {
  assert.throws(() => open(signed(header => ({ ...header, more: 1 }))), isMalformed('header'))
  assert.throws(() => open(signed(({ time: _, ...header }) => header)), isMalformed('header'))
  assert.throws(() => open(signed(({ time: _, ...header }) => ({ ...header, more: 1 }))), isMalformed('header.time'))
  for (const value of [null, [], 7, 'x', new Uint8Array(), block]) {
    assert.throws(() => open(signed(() => value)), isMalformed('header'))
  }
  assert.throws(() => decodeHeader(new Uint8Array(513), chain), isMalformed('header'))
})

/** Signed over exactly this body. */
function withBody(body: Uint8Array, count: number, leaves: readonly Uint8Array[]): BatchBytes {
  const tree = new ListTreeBuilder(nativeCrypto, 'record')
  for (const leaf of leaves) tree.add(leaf)
  return signed(header => ({ ...header, body: Cid.of(nativeCrypto, body), count, root: tree.root() }), body)
}

const withRecords = (values: readonly Value[]) => {
  const items = values.map(value => encode(value))
  return withBody(encode(values as Value[]), values.length, items)
}

test('R4: one malformed record spoils its whole batch, and is named', () => {
  const good = records as unknown as Value[]
  assert.is(open(withRecords(good)).count, 4)
  const bad: readonly [Value, string][] = [
    [{ kind: 'transfer', to: key.publicKey, amount: 0 }, 'records[4].amount'],
    [{ kind: 'mint' }, 'records[4].kind'],
    ['x', 'records[4]'],
    [{ kind: 'close', session: [null, 4] }, 'records[4]'],
    [{ kind: 'close', session: [null, 5] }, 'records[4]'],
    [{ kind: 'close', session: [null, 0], more: 1 }, 'records[4].more'],
  ]
  for (const [record, field] of bad) assert.throws(() => open(withRecords([...good, record])), isMalformed(field))
})

test('R4: every ref of every kind points backwards, also the claims', () => {
  const ahead: Value = [null, 0]
  const weights: Value = [[ahead, 1_000_000]]
  const known: Value = [block, 0]
  const hash = new Uint8Array(32)
  const asset: ValueMap = { content, size: 1, media: 'm' }
  const use = { session: known, request: hash, response: hash, tokensIn: 0, tokensOut: 0, fee: 1 }
  const act = { session: known, result: hash, fee: 1 }
  const forward: readonly ValueMap[] = [
    { kind: 'contribution', datanet: ahead, ...asset },
    { kind: 'refinement', datanet: ahead, ...asset, parents: [[known, 1_000_000]] },
    { kind: 'refinement', datanet: known, ...asset, parents: weights },
    { kind: 'refinement', datanet: known, ...asset, parents: [[known, 1_000_000]], source: ahead },
    { kind: 'review', asset: ahead, verdict: 'accept' },
    { kind: 'reviewers', datanet: ahead, reviewers: [] },
    { kind: 'model', name: 'm', base: weights, baseShare: 0, minBaseShare: 0, price: { in: 0, out: 0 } },
    { kind: 'model', name: 'm', data: weights, baseShare: 0, minBaseShare: 0, price: { in: 0, out: 0 } },
    { kind: 'agent', name: 'a', models: weights, baseShare: 0 },
    { kind: 'assign', asset: ahead, to: key.publicKey },
    { kind: 'session', payee: key.publicKey, deposit: 1, expires: 1, for: [ahead] },
    { kind: 'close', session: ahead },
    { kind: 'voucher', session: ahead, total: 1, signature: new Uint8Array(64) },
    { kind: 'inference', ...use, session: ahead, model: known },
    { kind: 'inference', ...use, model: ahead },
    { kind: 'inference', ...use, model: known, uses: weights },
    { kind: 'action', ...act, session: ahead, agent: known, calls: [] },
    { kind: 'action', ...act, agent: ahead, calls: [] },
    { kind: 'action', ...act, agent: known, calls: [ahead] },
    { kind: 'action', ...act, agent: known, calls: [], uses: weights },
    { kind: 'attribution', model: ahead, uses: [[known, 1_000_000]], method: 'm' },
    { kind: 'attribution', model: known, uses: weights, method: 'm' },
  ]
  for (const record of forward) {
    assert.throws(() => open(withRecords([record])), isMalformed('records[0]'), JSON.stringify(record))
    assert.is(open(withRecords([records[0] as unknown as Value, record])).count, 2)
  }
})

test('R2: a body is a list of as many records as the header says, under the root that it says', () => {
  const one = encode(records[0] as unknown as Value)
  const list = encode([records[0] as unknown as Value])
  assert.is(open(withBody(list, 1, [one])).count, 1)
  assert.throws(() => open(withBody(list, 2, [one])), isMalformed('header.count'))
  assert.throws(() => open(withBody(list, 1, [list])), isMalformed('header.root'))
  assert.throws(() => open(withBody(encode([]), 1, [one])), isMalformed('header.count'))
  assert.throws(() => open(withBody(one, 1, [one])), isEncoding)
  assert.throws(() => open({ ...withBody(list, 1, [one]), body: sample.body }), isMalformed('body'))
})

const isEncoding = (error: unknown) => error instanceof EncodingError

test('R1: a record with a key __proto__ or nested without end is no encoding', () => {
  const proto = concat(Uint8Array.of(0x81, 0xa1, 0x69), utf8('__proto__'), Uint8Array.of(0xa0))
  assert.throws(() => open(withBody(proto, 1, [proto.subarray(1)])), isEncoding)
  for (const [opening, innermost] of [
    [[0x81], 0x80],
    [[0xa1, 0x61, 0x61], 0xa0],
  ] as const) {
    const levels = 100_000
    const deep = new Uint8Array(1 + opening.length * levels + 1)
    deep[0] = 0x81
    for (let i = 0; i < levels; i++) deep.set(opening, 1 + i * opening.length)
    deep[deep.length - 1] = innermost
    assert.throws(() => open(withBody(deep, 1, [deep.subarray(1)])), isEncoding)
  }
})

test('R2: a batch holds 1 to 1,024 records', () => {
  const author = quickKey('author')
  const transfer: LedgerRecord = { kind: 'transfer', to: key.publicKey, amount: 1 }
  const draft = (count: number) =>
    draftBatch(quickCrypto, {
      ...{ chain, author: author.publicKey, seq: 1, prev: null, time: 0 },
      records: Array.from({ length: count }, () => transfer),
    })
  const { header, body } = draft(1024)
  const signature = author.sign(batchSigningBytes(header))
  assert.is(openBatch(quickCrypto, chain, { header, body, signature }).records.length, 1024)
  assert.throws(() => draft(1025), isEncoding)
  const many = Array.from({ length: 1025 }, () => transfer as unknown as Value)
  assert.throws(() => open(withBody(encode(many), 1024, [])), isEncoding)
  const none = draft(0)
  assert.throws(
    () => openBatch(quickCrypto, chain, { ...none, signature: author.sign(batchSigningBytes(none.header)) }),
    isMalformed('header.count'),
  )
})

test('R2: a body holds at most 512 KiB', () => {
  const memo = 'm'.repeat(256)
  const transfer: ValueMap = { kind: 'transfer', to: key.publicKey, amount: 1, memo }
  const uses: Value = Array.from({ length: 256 }, (_, i) => [[block, i], i === 0 ? 1_000_000 - 255 : 1])
  const hash = new Uint8Array(32)
  const use = {
    session: [block, 0],
    model: [block, 1],
    request: hash,
    response: hash,
    tokensIn: 0,
    tokensOut: 0,
    fee: 1,
  }
  const inference: ValueMap = { kind: 'inference', ...use, uses }
  const list: Value[] = []
  for (let size = 3; size + encode(inference).length <= bodyBytesMax; size += encode(inference).length)
    list.push(inference)
  const fit: Value[] = [...list]
  while (encode([...fit, transfer]).length <= bodyBytesMax) fit.push(transfer)
  assert.is(open(withRecords(fit)).count, fit.length)
  const over = [...fit, transfer]
  assert.throws(() => open(withRecords(over)), isMalformed('body'))
})
