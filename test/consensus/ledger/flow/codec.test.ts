import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { decode } from '../../../../consensus/cbor/decode.ts'
import { encode } from '../../../../consensus/cbor/encode.ts'
import type { Value } from '../../../../consensus/cbor/value.ts'
import type { CreditedPayout } from '../../../../consensus/ledger/execute.ts'
import { chunkBytesMax, decodeChunk, encodeChunks } from '../../../../consensus/ledger/flow/chunk.ts'
import { decodeFlows, encodeFlows } from '../../../../consensus/ledger/flow/codec.ts'
import { type Flow, flowKinds, listNames } from '../../../../consensus/ledger/flow/flow.ts'
import { decodePayouts, encodePayouts } from '../../../../consensus/ledger/flow/payout-codec.ts'
import { roles } from '../../../../consensus/ledger/flow/payouts.ts'
import { suite } from '../../../harness.ts'

const test = suite('ledger/flow/codec')

/** Objects like those the decoder makes. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })
const keyOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => String.fromCharCode(...bytes))
const root = fc.uint8Array({ minLength: 32, maxLength: 32 })
const amount = fc.integer({ min: 1, max: 10 ** 15 })
const account = keyOf(32)
const ref = keyOf(34)
const id = fc.oneof(
  fc.constant({ kind: 'operators' as const, key: '' }),
  record({ kind: fc.constantFrom(...flowKinds.slice(1)), key: ref }),
)
const weight = fc.oneof(fc.integer({ min: 0, max: 10 ** 15 }), fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }))
const part = fc.oneof(
  record({ to: fc.oneof(ref, account, fc.constant('')), weight }),
  record({ to: ref, weight, records: root }),
)

const flow: fc.Arbitrary<Flow> = fc
  .tuple(
    id,
    record({
      payees: fc.array(record({ account, fees: amount, records: root }), { maxLength: 3 }),
      inbound: fc.array(record({ from: id, list: fc.constantFrom('fees' as const, ...listNames), amount }), {
        maxLength: 3,
      }),
      lists: fc.array(
        record({ name: fc.constantFrom(...listNames), amount, parts: fc.array(part, { maxLength: 4 }) }),
        { maxLength: 2 },
      ),
    }),
  )
  .map(([named, rest]) => ({ ...named, ...rest }))

const payout: fc.Arbitrary<CreditedPayout> = record({
  account,
  amount,
  creditAfter: amount,
  lines: fc.array(record({ role: fc.constantFrom(...roles), source: ref, amount }), { maxLength: 4 }),
})

test('flows come back as they were, weights as numbers or as bigints', () => {
  fc.assert(
    fc.property(fc.array(flow, { maxLength: 8 }), flows => {
      assert.equal(
        encodeFlows(flows).flatMap(chunk => decodeFlows(chunk)),
        flows,
      )
    }),
    { numRuns: 200 },
  )
})

test('payouts come back as they were', () => {
  fc.assert(
    fc.property(fc.array(payout, { maxLength: 8 }), payouts => {
      assert.equal(
        encodePayouts(payouts).flatMap(chunk => decodePayouts(chunk)),
        payouts,
      )
    }),
    { numRuns: 200 },
  )
})

test('a chunk is a canonical list of at most 64 KiB, unless one item is longer', () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 40_000 }), fc.constant(70_000)), { maxLength: 40 })
  fc.assert(
    fc.property(sizes, lengths => {
      const items = lengths.map(length => new Uint8Array(length))
      const chunks = encodeChunks(items, item => item)
      for (const chunk of chunks) {
        const list = decode(chunk) as Value[]
        assert.equal(encode(list), chunk)
        assert.ok(chunk.length <= chunkBytesMax || list.length === 1, `${chunk.length} bytes, ${list.length} items`)
      }
      const back = chunks.flatMap(chunk => decodeChunk(chunk, 'items', item => (item as Uint8Array).length))
      assert.equal(back, lengths)
    }),
    { numRuns: 50 },
  )
})

test('more items than fit a one-byte head', () => {
  const items = Array.from({ length: 70_000 }, (_, i) => i % 24)
  const chunks = encodeChunks(items, item => item)
  assert.is(chunks.length, 2)
  assert.equal(
    chunks.flatMap(chunk => decodeChunk(chunk, 'items', item => item)),
    items,
  )
})

const sound: Value[] = [2, new Uint8Array(34), [], [], []]
const withPart = (...parts: Value[]): Value => [...sound.slice(0, 4), [[1, 5, parts]]]

const malformed: readonly [what: string, value: Value, field: RegExp][] = [
  ['an unknown kind', [5, ...sound.slice(1)], /flows\[0\]\.kind/],
  ['a key that is no ref', [2, new Uint8Array(33), [], [], []], /flows\[0\]\.key/],
  ['an operator pool with a key', [0, new Uint8Array(34), [], [], []], /flows\[0\]\.key/],
  [
    'a payee without fees',
    [2, new Uint8Array(34), [[new Uint8Array(32), 0, new Uint8Array(32)]], [], []],
    /payees\[0\]\[1\]/,
  ],
  ['an unknown list', [2, new Uint8Array(34), [], [[2, new Uint8Array(34), 7, 1]], []], /inbound\[0\]\[2\]/],
  ['a weight with leading zeros', withPart([new Uint8Array(0), Uint8Array.of(0, 1)]), /parts\[0\]\[1\]/],
  ['a weight of 17 bytes', withPart([new Uint8Array(0), new Uint8Array(17).fill(1)]), /parts\[0\]\[1\]/],
  ['a part of four', withPart([new Uint8Array(0), 1, new Uint8Array(32), 1]), /parts\[0\]/],
  ['a part for nobody known', withPart([new Uint8Array(5), 1]), /parts\[0\]\[0\]/],
]

for (const [what, value, field] of malformed) {
  test(`refuses ${what}, naming the field`, () => {
    assert.throws(() => decodeFlows(encode([value])), field)
  })
}

test('refuses an empty chunk, and a role that nobody has', () => {
  assert.throws(() => decodeFlows(encode([])), /at least one/)
  const line: Value = [7, new Uint8Array(34), 1]
  assert.throws(() => decodePayouts(encode([[new Uint8Array(32), 1, 1, [line]]])), /lines\[0\]\[0\]/)
})
