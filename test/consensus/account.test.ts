import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { accountKeyText, accountText, parseAccount, parseAccountKey } from '../../consensus/account.ts'
import { equalBytes, fromHex, toKey } from '../../consensus/bytes.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { suite } from '../harness.ts'
import { accountBytes, actorsMax } from '../property/economy/economy.ts'

const test = suite('account')

/** From the did:key method: its Ed25519 vectors (the first is of the seed that is all zero) and its introduction. */
const published = [
  'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp',
  'did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG',
  'did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf',
  'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK',
]
for (const did of published) {
  test(`${did.slice(0, 20)}… names one key, and back`, () => {
    const publicKey = parseAccount(did)
    assert.is(publicKey.length, 32)
    assert.is(accountText(publicKey), did)
    assert.is(accountKeyText(parseAccountKey(did)), did)
  })
}

test('the key of a published account is what the method says', () => {
  const key = fromHex('3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29')!
  assert.is(accountText(key), 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp')
})

const did = published[0]!
const wrong: readonly [what: string, text: string][] = [
  ['nothing', ''],
  ['another method', did.replace('did:key', 'did:web')],
  ['no method', did.slice(8)],
  ['another base', did.replace(':z6', ':f6')],
  ['a character outside of base58', `${did.slice(0, -1)}0`],
  ['a character too few', did.slice(0, -1)],
  ['a character too many', `${did}1`],
  ['a space behind', `${did} `],
  ['a space before', ` ${did}`],
  ['a leading 1', did.replace(':z6', ':z16')],
  ['a fragment', `${did}#${did.slice(8)}`],
  ['a key of another kind (x25519)', 'did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F'],
  ['a key of small order', accountText(new Uint8Array(32))],
  ['a key that is no canonical encoding', accountText(new Uint8Array(32).fill(255))],
]
for (const [what, text] of wrong) {
  test(`R3: refuses ${what}`, () => {
    assert.throws(
      () => parseAccount(text, 'to'),
      (error: unknown) => error instanceof MalformedError && error.field === 'to',
    )
  })
}

test('one text names one account', () => {
  const text = fc.integer({ min: 0, max: actorsMax - 1 }).map(actor => accountText(accountBytes(actor)))
  fc.assert(
    fc.property(text, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (account, at, char) => {
      const place = at % account.length
      const other = account.slice(0, place) + char + account.slice(place + 1)
      if (other === account) return
      try {
        const publicKey = parseAccount(other)
        assert.is(accountText(publicKey), other)
        assert.not(equalBytes(publicKey, parseAccount(account)))
      } catch (error) {
        assert.instance(error, MalformedError)
      }
    }),
    { numRuns: 3_000 },
  )
})

test('accounts sort as their keys do', () => {
  const keys = published.map(did => parseAccountKey(did))
  const bytes = published.map(did => parseAccount(did))
  assert.equal([...keys].sort(), bytes.sort((a, b) => Buffer.compare(a, b)).map(toKey))
})
