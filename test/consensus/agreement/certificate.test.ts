import * as assert from 'uvu/assert'
import {
  type Certificate,
  certificateFault,
  certificateOf,
  certificateValue,
  decodeCertificate,
  encodeCertificate,
  isCommit,
  parseCertificate,
  signedStake,
  votesOf,
} from '../../../consensus/agreement/certificate.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'
import { chain, nameOf, vote } from './driver.ts'
import { signersOf } from './signer.ts'

const test = suite('agreement/certificate')

const signers = signersOf([3, 3, 3, 1])
const set = signers.map(({ validator }) => validator)
const faultOf = (certificate: Certificate) => certificateFault(nobleCrypto, chain, set, certificate)

function certificateBy(...validators: number[]): Certificate {
  const votes = validators.map(validator => vote('precommit', validator, 2, 'A'))
  return certificateOf(votes.map(bare => ({ ...bare, signature: signers[bare.validator]!.sign(bare) })))
}

test('votes in any order make a certificate in ascending order that verifies, and give the votes back', () => {
  const certificate = certificateBy(2, 0, 1)
  assert.equal(
    certificate.signatures.map(([validator]) => validator),
    [0, 1, 2],
  )
  assert.is(faultOf(certificate), undefined)
  assert.equal(certificateOf(votesOf(certificate)), certificate)
  assert.ok(isCommit(certificate))
})

test('it survives its encoding', () => {
  const certificate = certificateBy(0, 1, 2)
  assert.equal(decodeCertificate(encodeCertificate(certificate)), certificate)
})

test('the quorum is by stake: more than 2/3, not 2/3', () => {
  assert.is(faultOf(certificateBy(0, 1, 3)), undefined)
  assert.is(faultOf(certificateBy(0, 1)), 'no-quorum')
  const thirds = signersOf([1, 1, 1])
  const bare = vote('precommit', 0, 2, 'A')
  const two = certificateOf([0, 1].map(validator => ({ ...bare, validator, signature: thirds[validator]!.sign(bare) })))
  assert.is(
    certificateFault(
      nobleCrypto,
      chain,
      thirds.map(({ validator }) => validator),
      two,
    ),
    'no-quorum',
  )
})

test('one bad signature beyond the quorum spoils it', () => {
  const good = certificateBy(0, 1, 2, 3)
  for (const broken of [0, 1, 2, 3]) {
    const signatures = good.signatures.map(
      ([validator, signature], i) =>
        [validator, i === broken ? signature.with(5, signature[5]! ^ 1) : signature] as const,
    )
    assert.is(faultOf({ ...good, signatures }), 'bad-signature')
  }
})

test('a signer twice, out of order, or unknown is refused', () => {
  const { signatures, ...bare } = certificateBy(0, 1, 2)
  const [a, b, c] = signatures as [
    Certificate['signatures'][0],
    Certificate['signatures'][0],
    Certificate['signatures'][0],
  ]
  assert.is(faultOf({ ...bare, signatures: [a, a, a] }), 'signers-not-ascending')
  assert.is(faultOf({ ...bare, signatures: [b, a, c] }), 'signers-not-ascending')
  assert.is(faultOf({ ...bare, signatures: [a, b, c, [4, c[1]]] }), 'unknown-signer')
  const wire = certificateValue({ ...bare, signatures: [a, a, b] })
  assert.throws(
    () => parseCertificate(wire),
    (error: Error) => error instanceof MalformedError,
  )
})

test('signatures of another vote do not make it', () => {
  const good = certificateBy(0, 1, 2)
  for (const change of [{ round: 3 }, { epoch: 2 }, { checkpoint: nameOf('B').id }, { checkpoint: null }]) {
    assert.is(faultOf({ ...good, ...change }), 'bad-signature')
  }
  assert.is(faultOf({ ...good, type: 'prevote' }), 'bad-signature')
})

test('malformed ones are refused', () => {
  const good = certificateValue(certificateBy(0, 1, 2)) as ValueMap
  for (const change of [{ type: 0 }, { validRound: 0 }, { signatures: [[0]] }, { signatures: null }, { more: 1 }]) {
    assert.throws(
      () => parseCertificate({ ...good, ...change }),
      (error: Error) => error instanceof MalformedError,
    )
  }
})

test('its stake, and what is no commit', () => {
  assert.is(signedStake(set, certificateBy(0, 3)), 4)
  const polka = certificateOf([vote('prevote', 0, 2, 'A')])
  assert.not(isCommit(polka))
  assert.not(isCommit(certificateOf([vote('precommit', 0, 2, null)])))
})
