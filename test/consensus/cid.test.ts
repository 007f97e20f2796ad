import fc from 'fast-check'
import { CID } from 'multiformats/cid'
import { create as digestOf } from 'multiformats/hashes/digest'
import * as assert from 'uvu/assert'
import { concat, fromHex, toHex, utf8 } from '../../consensus/bytes.ts'
import { Cid, codecRaw } from '../../consensus/cid.ts'
import { nobleCrypto } from '../../consensus/crypto.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { suite } from '../harness.ts'

const test = suite('cid')
const isMalformed = (error: unknown) => error instanceof MalformedError && error.field === 'content'

test('a published CID is what its block hashes to', () => {
  // SHA-256 of "hello world" is b94d27b9…2efcde9.
  const text = 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'
  assert.is(Cid.of(nobleCrypto, utf8('hello world'), codecRaw).toString(), text)
  assert.is(Cid.fromText(text).toString(), text)
  // The empty map in DAG-CBOR.
  assert.is(
    Cid.of(nobleCrypto, fromHex('a0')!).toString(),
    'bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua',
  )
})

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })

test('bytes and text are those of multiformats, for every codec of up to four bytes', () => {
  fc.assert(
    fc.property(digest, fc.integer({ min: 0, max: 2 ** 28 - 1 }), (hash, codec) => {
      const theirs = CID.createV1(codec, digestOf(0x12, hash))
      const ours = Cid.parse(theirs.bytes)
      assert.is(ours.toString(), theirs.toString())
      assert.is(toHex(Cid.fromText(theirs.toString()).bytes), toHex(theirs.bytes))
      assert.is(toHex(ours.digest), toHex(hash))
      assert.is(ours.isDagCbor, codec === 0x71)
      assert.ok(ours.equals(Cid.parse(theirs.bytes.slice())))
      assert.is(ours.key, Cid.parse(theirs.bytes.slice()).key)
    }),
    { numRuns: 3_000 },
  )
})

test('what parse accepts multiformats reads the same, and nothing is accepted in two forms', () => {
  const head = fc.uint8Array({ minLength: 0, maxLength: 8 })
  fc.assert(
    fc.property(head, digest, (start, hash) => {
      const bytes = concat(start, hash)
      let cid: Cid
      try {
        cid = Cid.parse(bytes, 'content')
      } catch (error) {
        assert.ok(isMalformed(error))
        return
      }
      const theirs = CID.decode(bytes)
      assert.is(toHex(CID.createV1(theirs.code, theirs.multihash).bytes), toHex(cid.bytes))
    }),
    { numRuns: 3_000 },
  )
})

const good = toHex(Cid.fromDigest(new Uint8Array(32)).bytes)
const wrong: readonly [what: string, hex: string][] = [
  ['nothing', ''],
  ['version 0', good.slice(4)],
  ['version 2', `02${good.slice(2)}`],
  ['another hash', good.replace('1220', '1320')],
  ['another length', good.replace('1220', '1221')],
  ['a byte too few', good.slice(2, -2)],
  ['a byte too many', `${good}00`],
  ['a codec in two bytes that fits into one', good.replace('0171', '01f100')],
  ['a codec of five bytes', good.replace('0171', '018080808001')],
  ['a codec that goes on', good.replace('0171', '01f1')],
]
for (const [what, hex] of wrong) {
  test(`refuses ${what}`, () => {
    assert.throws(() => Cid.parse(fromHex(hex)!, 'content'), isMalformed)
  })
}

const text = Cid.fromDigest(new Uint8Array(32).fill(7)).toString()
const wrongTexts: readonly [what: string, text: string][] = [
  ['nothing', ''],
  ['upper case', text.toUpperCase()],
  ['another base', `z${text.slice(1)}`],
  ['padding', `${text}=`],
  ['a space', `${text} `],
  ['a character outside of base32', `${text.slice(0, -1)}1`],
  ['a CIDv0', 'QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n'],
]
for (const [what, value] of wrongTexts) {
  test(`refuses ${what} in a text`, () => {
    assert.throws(() => Cid.fromText(value, 'content'), isMalformed)
  })
}

test('spare bits of the last character name nothing else', () => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const accepted = [...alphabet].filter(char => {
    try {
      return Cid.fromText(text.slice(0, -1) + char).toString() !== text
    } catch {
      return false
    }
  })
  for (const char of accepted) assert.is(Cid.fromText(text.slice(0, -1) + char).toString(), text.slice(0, -1) + char)
})
