import fc from 'fast-check'
import * as assert from 'uvu/assert'
import {
  offenceOf,
  parseSignedMessage,
  provenOffence,
  type SignedMessage,
  signedMessageValue,
} from '../../../consensus/agreement/evidence.ts'
import type { Message, MessageType } from '../../../consensus/agreement/message.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'
import { chain, type Letters, nameOf } from './driver.ts'
import { Signer } from './signer.ts'

const test = suite('agreement/evidence')

function message(type: MessageType, round: number, letters: Letters, validRound = -1, epoch = 1): Message {
  const name = letters === null ? undefined : nameOf(letters)
  const content = type === 'proposal' ? { content: name!.content } : {}
  return { type, epoch, round, checkpoint: name?.id ?? null, validRound, ...content }
}

test('T12: two contents for one (epoch, round, type)', () => {
  const pairs: [Message, Message][] = [
    [message('prevote', 1, 'A'), message('prevote', 1, 'B')],
    [message('prevote', 1, 'A'), message('prevote', 1, null)],
    [message('prevote', 1, 'A'), message('prevote', 1, 'A', 0)],
    [message('precommit', 1, 'A'), message('precommit', 1, null)],
    [message('proposal', 1, 'A'), message('proposal', 1, 'B')],
    [message('proposal', 1, 'A'), message('proposal', 1, 'Ax')],
  ]
  for (const [a, b] of pairs) assert.equal([offenceOf(a, b), offenceOf(b, a)], ['equivocation', 'equivocation'])
})

test('T12: a precommit and a later prevote on no polka since', () => {
  const lock = message('precommit', 2, 'A')
  for (const later of [message('prevote', 3, 'B'), message('prevote', 4, 'B', 1), message('prevote', 3, 'A')]) {
    assert.equal([offenceOf(lock, later), offenceOf(later, lock)], ['amnesia', 'amnesia'])
  }
})

test('T12: what an honest validator does proves nothing', () => {
  const lock = message('precommit', 2, 'A')
  const fine: Message[] = [
    lock,
    message('prevote', 3, null),
    message('prevote', 3, 'B', 2),
    message('prevote', 2, 'A'),
    message('prevote', 1, 'B'),
    message('precommit', 3, 'B'),
    message('proposal', 3, 'B'),
    message('prevote', 3, 'B', -1, 2),
  ]
  for (const other of fine) assert.equal([offenceOf(lock, other), offenceOf(other, lock)], [undefined, undefined])
  assert.is(offenceOf(message('precommit', 2, null), message('prevote', 3, 'B')), undefined)
})

test('it needs both signatures of the one key', () => {
  const liar = new Signer(1)
  const other = new Signer(2)
  const signed = (bare: Message, by = liar): SignedMessage => ({ ...bare, signature: by.sign(bare) })
  const a = signed(message('prevote', 1, 'A'))
  const b = signed(message('prevote', 1, 'B'))
  const { key } = liar.validator
  assert.is(provenOffence(nobleCrypto, chain, { key, pair: [a, b] }), 'equivocation')
  assert.is(provenOffence(nobleCrypto, chain, { key: other.validator.key, pair: [a, b] }), undefined)
  assert.is(provenOffence(nobleCrypto, chain, { key, pair: [a, signed(b, other)] }), undefined)
  assert.is(provenOffence(nobleCrypto, nameOf('A').id, { key, pair: [a, b] }), undefined)
  assert.is(provenOffence(nobleCrypto, chain, { key, pair: [a, a] }), undefined)
})

test('signed messages survive their encoding; malformed ones are refused', () => {
  const signature = new Uint8Array(64)
  const samples = [message('proposal', 1, 'A', 0), message('prevote', 1, 'A'), message('precommit', 1, null)]
  for (const sample of samples) {
    const wire = signedMessageValue({ ...sample, signature })
    assert.equal(parseSignedMessage(decode(encode(wire))), { ...sample, signature })
  }
  const good = signedMessageValue({ ...samples[0]!, signature }) as ValueMap
  const isMalformed = (error: Error) => error instanceof MalformedError
  for (const change of [{ type: 1 }, { content: undefined }, { content: new Uint8Array(31) }, { checkpoint: null }]) {
    assert.throws(() => parseSignedMessage({ ...good, ...change }), isMalformed)
  }
  for (const none of [null, 3, [], undefined]) assert.throws(() => parseSignedMessage(none), isMalformed)
})

test('T12: no two messages of one honest voter are evidence', () => {
  // The voting rules of T1 in a few lines: any sequence of polkas, and a voter that locks as they say.
  const round = fc.record({ letter: fc.constantFrom('A', 'B'), back: fc.nat(3), polka: fc.boolean() })
  const run = fc.property(fc.array(round, { maxLength: 12 }), rounds => {
    const said: Message[] = []
    let locked = -1
    rounds.forEach(({ letter, back, polka }, number) => {
      const validRound = Math.max(-1, number - 1 - back)
      const mayVote = validRound >= locked
      said.push(mayVote ? message('prevote', number, letter, validRound) : message('prevote', number, null))
      said.push(message('precommit', number, polka ? letter : null))
      if (polka) locked = number
    })
    for (const a of said) for (const b of said) assert.is(offenceOf(a, b), undefined)
  })
  fc.assert(run, { seed: 2, numRuns: 200 })
})
