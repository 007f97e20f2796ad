/** R1: one encoding for each value, judged by its own definition, by RFC 8949's examples and by @ipld/dag-cbor. */
import * as ipld from '@ipld/dag-cbor'
import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import * as assert from 'uvu/assert'
import { equalBytes, fromHex, toHex } from '../../../consensus/bytes.ts'
import { decode, decodeList, EncodingError } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { depthMax, type Value, type ValueMap } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'

const test = suite('cbor/canonical')

const cid = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(0x71, 0x55, 0x01))
  .map(([digest, codec]) => Cid.fromDigest(digest, codec))
const text = fc.string({ unit: 'binary', maxLength: 40 })
const key = fc.oneof(fc.string({ maxLength: 6 }), text).filter(name => name !== '__proto__')
const { value } = fc.letrec<{ value: Value; map: Value; list: Value }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true, maxDepth: 6 },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 70_000 }),
    text,
    fc.uint8Array({ maxLength: 40 }),
    cid,
    tie('list'),
    tie('map'),
  ),
  list: fc.array(tie('value'), { maxLength: 6 }),
  map: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 6 })
    .map(entries => Object.fromEntries(entries) as Record<string, Value>),
}))

const toIpld = (item: Value | undefined): unknown => {
  if (item instanceof Cid) return CID.decode(item.bytes)
  if (item === null || typeof item !== 'object' || item instanceof Uint8Array) return item
  if (Array.isArray(item)) return item.map(toIpld)
  return Object.fromEntries(Object.entries(item).map(([name, inner]) => [name, toIpld(inner)]))
}

/** Whether a value that @ipld/dag-cbor decoded is one that the ledger stores, so that nothing else excuses a refusal. */
function isStorable(item: unknown, depth = 0): boolean {
  if (depth > depthMax || typeof item === 'bigint') return false
  if (typeof item === 'number') return Number.isSafeInteger(item)
  const link = CID.asCID(item)
  if (link !== null) return link.version === 1 && link.multihash.code === 0x12 && link.multihash.size === 32
  if (item instanceof Uint8Array || typeof item !== 'object' || item === null) return true
  return !Object.hasOwn(item, '__proto__') && Object.values(item).every(inner => isStorable(inner, depth + 1))
}

/** What a decoder makes of bytes: the value, or nothing where it refuses them with that kind of error. */
function attempt<T>(
  decoder: (bytes: Uint8Array) => T,
  bytes: Uint8Array,
  refusal: ErrorConstructor | typeof EncodingError,
) {
  try {
    return { value: decoder(bytes) }
  } catch (error) {
    if (error instanceof refusal) return undefined
    throw error
  }
}

test('R1: decode(encode(v)) is v, and @ipld/dag-cbor writes and reads the same', () => {
  fc.assert(
    fc.property(value, item => {
      const bytes = encode(item)
      assert.equal(toIpld(decode(bytes)), toIpld(item))
      assert.is(toHex(ipld.encode(toIpld(item))), toHex(bytes))
      assert.equal(ipld.decode(bytes), toIpld(item))
    }),
    { numRuns: 5_000 },
  )
})

const edit = fc.tuple(
  fc.nat(),
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom('set', 'flip', 'insert', 'remove', 'cut'),
)

function edited(bytes: Uint8Array, edits: readonly [number, number, string][]): Uint8Array {
  const list = [...bytes]
  for (const [at, byte, how] of edits) {
    const place = at % (list.length + 1)
    if (how === 'set') list[place] = byte
    else if (how === 'flip') list[place] = (list[place] ?? 0) ^ (1 << (byte & 7))
    else if (how === 'insert') list.splice(place, 0, byte)
    else if (how === 'remove') list.splice(place, 1)
    else list.splice(place)
  }
  return Uint8Array.from(list)
}

test('R1: changed bytes are refused, or are the encoding of what they decode to; @ipld/dag-cbor agrees which', () => {
  fc.assert(
    fc.property(value, fc.array(edit, { minLength: 1, maxLength: 3 }), (item, edits) => {
      const bytes = edited(encode(item), edits)
      const ours = attempt(decode, bytes, EncodingError)
      const theirs = attempt(ipld.decode<unknown>, bytes, Error)
      if (ours !== undefined) {
        assert.is(toHex(encode(ours.value)), toHex(bytes))
        assert.equal(theirs?.value, toIpld(ours.value))
      } else if (theirs !== undefined && isStorable(theirs.value)) {
        assert.is.not(toHex(ipld.encode(theirs.value)), toHex(bytes), 'a canonical encoding was refused')
      }
    }),
    { numRuns: 15_000 },
  )
})

test('R1: a list is cut at its items', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 30 }), items => {
      const bytes = encode(items)
      const { items: decoded, offsets } = decodeList(bytes, 30)
      assert.equal(decoded.map(toIpld), items.map(toIpld))
      for (const [i, item] of items.entries()) {
        assert.ok(equalBytes(bytes.subarray(offsets[i], offsets[i + 1]), encode(item)))
      }
      assert.is(offsets.at(-1), bytes.length)
    }),
    { numRuns: 300 },
  )
  assert.throws(() => decodeList(encode([1, 2, 3]), 2), /a list of at most 2/)
  assert.throws(() => decodeList(encode({}), 2), /a list/)
  assert.throws(() => decodeList(fromHex('8101ff')!, 2), /the end/)
})

/** RFC 8949, appendix A: those examples that DAG-CBOR and the ledger have. */
const examples: readonly [hex: string, value: Value][] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array()],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '\u{10151}'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', {}],
  ['a26161016162820203', { a: 1, b: [2, 3] }],
  ['826161a161626163', ['a', { b: 'c' }]],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['3b001ffffffffffffe', -Number.MAX_SAFE_INTEGER],
]
for (const [hex, item] of examples) {
  test(`R1: RFC 8949 writes ${hex}`, () => {
    assert.is(toHex(encode(item)), hex)
    assert.equal(decode(fromHex(hex)!), item)
  })
}

const link = `d82a58250001711220${'00'.repeat(32)}`
const refused: readonly [hex: string, why: string][] = [
  ['', 'nothing'],
  ['1817', 'an integer in two bytes that fits into one'],
  ['1900ff', 'an integer in three bytes that fits into two'],
  ['1a0000ffff', 'an integer in five bytes that fits into three'],
  ['1b00000000ffffffff', 'an integer in nine bytes that fits into five'],
  ['1b0020000000000000', 'an unsafe integer'],
  ['3b001fffffffffffff', 'an unsafe negative integer'],
  ['1c', 'a reserved length'],
  ['5801ff', 'a length in two bytes that fits into one'],
  ['5f42010243030405ff', 'bytes without a length'],
  ['7f657374726561646d696e67ff', 'text without a length'],
  ['9fff', 'a list without a length'],
  ['bfff', 'a map without a length'],
  ['f97e00', 'a half float'],
  ['fa47c35000', 'a float'],
  ['fb3ff199999999999a', 'a double'],
  ['f7', 'undefined'],
  ['f0', 'a simple value'],
  ['f818', 'a simple value in two bytes'],
  ['62c328', 'text that is no UTF-8'],
  ['63eda080', 'text with a lone surrogate'],
  ['a201020304', 'keys that are no text'],
  ['a2616201616102', 'keys out of order'],
  ['a262616101616201', 'a longer key before a shorter'],
  ['a2616101616102', 'a key twice'],
  ['a1695f5f70726f746f5f5fa0', 'the key __proto__'],
  ['c001', 'another tag'],
  [link.replace('d82a', 'd9002a'), 'the tag of links in three bytes'],
  [link.replace('d82a', 'd82b'), 'a tag beside that of links'],
  [link.replace('582500', '582501'), 'a link without its zero byte'],
  [link.replace('000171', '000071'), 'a CIDv0'],
  [link.replace('711220', '711320'), 'a CID with another hash'],
  [`${link}00`, 'bytes behind the end'],
  ['8201', 'a list that ends early'],
  ['9b001fffffffffffff', 'a list longer than its bytes'],
  ['bb001fffffffffffff', 'a map longer than its bytes'],
  ['5b001fffffffffffff', 'bytes longer than there are'],
]
for (const [hex, why] of refused) {
  test(`R1: refuses ${why}`, () => {
    assert.throws(
      () => decode(fromHex(hex)!),
      (error: unknown) => error instanceof EncodingError,
    )
  })
}

test('R1: a link is accepted as it is written', () => {
  assert.is(toHex(encode(decode(fromHex(link)!))), link)
})

test('a link that is kept keeps no block, nor changes with it, whichever bytes it came in', () => {
  for (const make of [Buffer.from, (bytes: Uint8Array) => new Uint8Array(bytes)]) {
    // Of digests that no test decodes: links that are known come out of the memo.
    const block = make(encode([Cid.fromDigest(new Uint8Array(32).fill(make === Buffer.from ? 201 : 202))]))
    const [read] = decode(block) as [Cid]
    const before = toHex(read.bytes)
    assert.is(read.bytes.buffer.byteLength, read.bytes.length)
    block.fill(0)
    assert.is(toHex(read.bytes), before)
  }
})

const nested = (levels: number): Value => {
  let item: Value = 0
  for (let i = 0; i < levels; i++) item = i % 2 === 0 ? [item] : { a: item }
  return item
}

test('R1: nesting is bounded alike in both directions', () => {
  assert.equal(decode(encode(nested(depthMax))), nested(depthMax))
  assert.throws(() => encode(nested(depthMax + 1)), /levels/)
  assert.throws(() => decode(ipld.encode(nested(depthMax + 1))), /levels/)
  assert.throws(() => decode(new Uint8Array(200_000).fill(0x81)), /levels/)
})

const unwritable: readonly [what: string, item: unknown][] = [
  ['a float', 0.5],
  ['an unsafe integer', 2 ** 53],
  ['not a number', Number.NaN],
  ['a bigint', 1n],
  ['a lone surrogate', '\ud800'],
  ['a lone surrogate as a key', { '\udfff': 1 }],
  ['the key __proto__', JSON.parse('{"__proto__": 1}')],
  ['undefined in a list', [undefined]],
  ['a function', () => 1],
]
for (const [what, item] of unwritable) {
  test(`R1: refuses to write ${what}`, () => {
    assert.throws(
      () => encode(item as Value),
      (error: unknown) => error instanceof MalformedError,
    )
    assert.is(toHex(encode(1)), '01', 'and writes the next value as ever')
  })
}

test('R1: what is undefined in a map is left out, minus zero is zero', () => {
  const sparse: ValueMap = { b: undefined, a: 1 }
  assert.is(toHex(encode(sparse)), 'a1616101')
  assert.is(toHex(encode(-0)), '00')
})

test('R1: what was decoded before changes no answer', () => {
  // A key that is known as text must not let bytes pass whose values are its chars: of f, U+00C4, U+00C0, these are no UTF-8.
  const latin1 = Uint8Array.of(0xa1, 0x63, 0x66, 0xc4, 0xc0, 0x01)
  assert.throws(() => decode(latin1), /UTF-8/)
  decode(encode({ 'f\u00c4\u00c0': 1 }))
  assert.throws(() => decode(latin1), /UTF-8/)
})

test('R1: text keeps a byte order mark', () => {
  assert.equal(decode(encode(['\ufeffa', `\ufeff${'a'.repeat(40)}`])), ['\ufeffa', `\ufeff${'a'.repeat(40)}`])
})
