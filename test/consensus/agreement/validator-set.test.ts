import * as assert from 'uvu/assert'
import {
  decodeValidatorSet,
  encodeValidatorSet,
  isMoreThanThird,
  isQuorum,
  totalStake,
  validatorSetId,
  validatorSetValue,
} from '../../../consensus/agreement/validator-set.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'
import { signersOf } from './signer.ts'

const test = suite('agreement/validator-set')
const set = signersOf([5, 1, 3]).map(({ validator }) => validator)
const isMalformed = (error: Error) => error instanceof MalformedError

test('a set survives its encoding and is named by its block', () => {
  const block = encodeValidatorSet(set)
  assert.equal(decodeValidatorSet(block), set)
  assert.ok(validatorSetId(nobleCrypto, set).equals(Cid.of(nobleCrypto, block)))
  assert.is(totalStake(set), 9)
})

test('order, distinct keys, stakes and keys are checked', () => {
  const items = validatorSetValue(set) as Value[][]
  const [a, b, c] = items as [Value[], Value[], Value[]]
  const bad: Value[] = [
    [],
    [b, a, c],
    [a, a],
    [a, [b[0]!, a[1]!, 1]],
    [[a[0]!, a[1]!, 0]],
    [[a[0]!, a[1]!, 1e15 + 1]],
    [[new Uint8Array(32), a[1]!, 1]],
    [[a[0]!, new Uint8Array(31), 1]],
    [[a[0]!, a[1]!]],
    [[a[0]!, a[1]!, 1e15], b],
  ]
  for (const value of bad) assert.throws(() => decodeValidatorSet(encode(value)), isMalformed)
})

test('a quorum is more than 2/3, exactly, up to the whole supply', () => {
  assert.equal([isQuorum(2, 3), isQuorum(3, 4), isQuorum(67, 100), isQuorum(66, 100)], [false, true, true, false])
  const total = 999_999_999_999_999
  assert.not(isQuorum((total / 3) * 2, total))
  assert.ok(isQuorum((total / 3) * 2 + 1, total))
})

test('more than a third, exactly', () => {
  assert.equal([isMoreThanThird(1, 3), isMoreThanThird(2, 4), isMoreThanThird(34, 100)], [false, true, true])
})
