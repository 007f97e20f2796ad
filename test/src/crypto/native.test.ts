import { createPublicKey, verify as verifyWithOpenssl } from 'node:crypto'
import { Point } from '@noble/ed25519'
import { sha512 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { concat, fromHex, toHex, utf8 } from '../../../consensus/bytes.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { signingKey } from '../../../src/crypto/signing-key.ts'
import { suite } from '../../harness.ts'
import { rfc8032 } from './rfc8032.ts'

const test = suite('crypto/native')

const { p, n: order } = Point.CURVE()

test('FIPS 180-4: SHA-256 of the published messages', () => {
  const digests = {
    '': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    abc: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq:
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  }
  for (const [text, digest] of Object.entries(digests)) assert.is(toHex(nativeCrypto.sha256(utf8(text))), digest)
})

test('SHA-256 is the same as noble’s for any bytes, also for a view', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), (bytes, start) => {
      const view = bytes.subarray(start)
      assert.equal(nativeCrypto.sha256(view), nobleCrypto.sha256(view))
    }),
  )
})

test('sha256Into writes 32 bytes in place, also over its own input', () => {
  for (const crypto of [nativeCrypto, nobleCrypto]) {
    const bytes = new Uint8Array(70).fill(7)
    const digest = crypto.sha256(bytes)
    crypto.sha256Into(bytes, bytes, 5)
    assert.equal(bytes, concat(new Uint8Array(5).fill(7), digest, new Uint8Array(33).fill(7)))
  }
})

for (const { name, publicKey, message, signature } of rfc8032) {
  test(`R3 RFC 8032 ${name}: accepted, and refused with any bit of it changed`, () => {
    assert.ok(nativeCrypto.verify(signature, message, publicKey))
    for (let bit = 0; bit < 512; bit += 37)
      assert.not.ok(nativeCrypto.verify(flipped(signature, bit), message, publicKey))
    for (let bit = 0; bit < 256; bit += 37)
      assert.not.ok(nativeCrypto.verify(signature, message, flipped(publicKey, bit)))
    assert.not.ok(nativeCrypto.verify(signature, concat(message, Uint8Array.of(0)), publicKey))
  })
}

test('R3 ZIP-215: small-order keys and nonces in all their encodings are accepted, 196 cases', () => {
  const encodings = smallOrderEncodings()
  assert.is(encodings.length, 14)
  let refusedByOpenssl = 0
  for (const publicKey of encodings) {
    for (const nonce of encodings) {
      const signature = concat(nonce, new Uint8Array(32))
      const message = utf8('Zcash')
      assert.ok(nobleCrypto.verify(signature, message, publicKey))
      assert.ok(nativeCrypto.verify(signature, message, publicKey))
      if (!acceptedByOpenssl(signature, message, publicKey)) refusedByOpenssl++
    }
  }
  assert.ok(refusedByOpenssl > 0, 'without a case that OpenSSL refuses this test shows nothing')
})

test('R3 ZIP-215: a nonce or a key with a small-order part is accepted, as only the cofactor equation counts', () => {
  const torsion = smallOrderPoint()
  for (let seed = 1; seed <= 8; seed++) {
    const secret = BigInt(seed) * 0x1234567n
    for (const [keyPart, noncePart] of [
      [Point.ZERO, torsion],
      [torsion, Point.ZERO],
      [torsion, torsion],
    ] as const) {
      const publicKey = Point.BASE.multiply(secret).add(keyPart).toBytes()
      const message = Uint8Array.of(seed)
      const signature = signWith(secret, 99n, publicKey, noncePart, message)
      assert.ok(nobleCrypto.verify(signature, message, publicKey))
      assert.ok(nativeCrypto.verify(signature, message, publicKey))
    }
  }
})

test('R3: S that is not below the group order is refused', () => {
  for (const { publicKey, message, signature } of rfc8032) {
    const s = littleEndian(signature.subarray(32)) + order
    const malleated = concat(signature.subarray(0, 32), toLittleEndian(s))
    assert.not.ok(nobleCrypto.verify(malleated, message, publicKey))
    assert.not.ok(nativeCrypto.verify(malleated, message, publicKey))
  }
})

test('R3: odd lengths and bytes that are no point are refused without an error', () => {
  const { publicKey, message, signature } = rfc8032[0]!
  assert.not.ok(nativeCrypto.verify(signature.subarray(1), message, publicKey))
  assert.not.ok(nativeCrypto.verify(concat(signature, signature), message, publicKey))
  assert.not.ok(nativeCrypto.verify(signature, message, publicKey.subarray(1)))
  assert.not.ok(nativeCrypto.verify(signature, message, concat(publicKey, publicKey)))
  assert.not.ok(nativeCrypto.verify(new Uint8Array(), message, new Uint8Array()))
  assert.not.ok(nativeCrypto.verify(signature, message, fromHex(`02${'00'.repeat(31)}`)!))
})

test('R3: native and noble agree on random, mutated and odd input', () => {
  const encodings = smallOrderEncodings()
  const bytes32 = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(...encodings))
  const mutation = fc.record({
    key: fc.option(bytes32),
    nonce: fc.option(bytes32),
    s: fc.option(bytes32),
    bit: fc.option(fc.nat(511)),
    message: fc.uint8Array({ maxLength: 40 }),
    seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  fc.assert(
    fc.property(mutation, ({ key, nonce, s, bit, message, seed }) => {
      const signer = signingKey(seed)
      const signed = signer.sign(message)
      const whole = concat(nonce ?? signed.subarray(0, 32), s ?? signed.subarray(32))
      const signature = bit === null ? whole : flipped(whole, bit)
      const publicKey = key ?? signer.publicKey
      assert.is(nativeCrypto.verify(signature, message, publicKey), nobleCrypto.verify(signature, message, publicKey))
    }),
    { numRuns: 300 },
  )
})

test('a key is imported once, and more keys than are kept change no answer', () => {
  const signer = signingKey(new Uint8Array(32).fill(1))
  const signature = signer.sign(utf8('again'))
  assert.ok(nativeCrypto.verify(signature, utf8('again'), signer.publicKey))
  const odd = new Uint8Array(32)
  for (let i = 0; i < 9000; i++) {
    odd[0] = i
    odd[1] = i >> 8
    // A nonce that is no point costs noble little.
    nativeCrypto.verify(new Uint8Array(64).fill(255), utf8('again'), odd)
  }
  assert.ok(nativeCrypto.verify(signature, utf8('again'), signer.publicKey))
})

/** A point of order 8: a point times the group order, which leaves its small-order part. */
function smallOrderPoint(): Point {
  for (let y = 2; ; y++) {
    const encoded = new Uint8Array(32)
    encoded[0] = y
    const point = decodedPoint(encoded)
    const torsion = point?.multiply(order - 1n).add(point)
    if (torsion !== undefined && !torsion.double().double().equals(Point.ZERO)) return torsion
  }
}

function decodedPoint(encoded: Uint8Array): Point | undefined {
  try {
    return Point.fromBytes(encoded, true)
  } catch {
    return undefined
  }
}

/** ZIP-215's test set: the 8 points of small order, and all other encodings of them: y not below p, or the sign of x = 0 set. */
function smallOrderEncodings(): Uint8Array[] {
  const torsion = smallOrderPoint()
  const found = new Map<string, Uint8Array>()
  let point = Point.ZERO
  for (let i = 0; i < 8; i++, point = point.add(torsion)) {
    const { x, y } = point.toAffine()
    for (const spelledY of [y, y + p]) {
      for (const sign of x === 0n ? [0n, 1n] : [x & 1n]) {
        if (spelledY >= 1n << 255n) continue
        const encoded = toLittleEndian(spelledY | (sign << 255n))
        found.set(toHex(encoded), encoded)
      }
    }
  }
  return [...found.values()]
}

/** A signature whose nonce has the given small-order part. */
function signWith(secret: bigint, r: bigint, publicKey: Uint8Array, noncePart: Point, message: Uint8Array): Uint8Array {
  const nonce = Point.BASE.multiply(r).add(noncePart).toBytes()
  const challenge = littleEndian(sha512(concat(nonce, publicKey, message))) % order
  return concat(nonce, toLittleEndian((r + challenge * secret) % order))
}

function acceptedByOpenssl(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const x = Buffer.from(publicKey).toString('base64url')
  return verifyWithOpenssl(
    null,
    message,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  )
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`)
}

function toLittleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0'))!.reverse()
}
