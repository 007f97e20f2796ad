import fc from 'fast-check'
import * as assert from 'uvu/assert'
import {
  parseStateProof,
  stateProof,
  stateProofValue,
  verifyStateProof,
} from '../../../consensus/merkle/state-proof.ts'
import { suite } from '../../harness.ts'
import { sha256 } from './naive-trees.ts'
import {
  chosenPaths,
  crowdedKeys,
  keyWithPath,
  numberedKeys,
  numberedValue,
  pageFault,
  StoredState,
} from './stored-state.ts'
import { assertTamperProof, failedCheck, malformedField } from './tampering.ts'

const test = suite('merkle/state-proof')

function stateOf(keys: readonly string[], crypto = chosenPaths): StoredState {
  const state = new StoredState(crypto)
  state.update(keys.map((key, i) => [key, numberedValue(i)]))
  return state
}

/** Proves the key as it is in the state, through the codec, and checks that no other claim stands on that proof. */
function assertProved(state: StoredState, key: string): void {
  const { crypto, root } = state
  const value = state.values.get(key)
  const proof = parseStateProof(stateProofValue(stateProof(crypto, state, key)))
  verifyStateProof(crypto, root, key, value, proof)
  failedCheck(() => verifyStateProof(crypto, root, key, numberedValue(-1), proof))
  if (value !== undefined) failedCheck(() => verifyStateProof(crypto, root, key, undefined, proof))
}

test('every member and many absentees are proved, for ordinary keys', () => {
  const keys = numberedKeys(3000)
  for (const size of [0, 1, 2, 32, 33, 1500]) {
    const state = stateOf(keys.slice(0, size))
    for (let i = 0; i < 3000; i += size > 100 ? 7 : 50) assertProved(state, keys[i]!)
    for (const key of keys.slice(0, Math.min(size, 33))) assertProved(state, key)
  }
})

test('every member and absentee is proved, for paths that crowd up to the last bit', () => {
  const keys = crowdedKeys(200, 2)
  fc.assert(
    fc.property(fc.subarray(keys), members => {
      const state = stateOf(members)
      for (const key of keys) assertProved(state, key)
    }),
    { numRuns: 12 },
  )
})

test('a proof holds for one key and one root', () => {
  const keys = numberedKeys(100)
  const state = stateOf(keys.slice(0, 60))
  const later = stateOf(keys.slice(0, 61))
  for (const key of [keys[3]!, keys[80]!]) {
    const proof = stateProof(chosenPaths, state, key)
    const value = state.values.get(key)
    assert.is(
      failedCheck(() => verifyStateProof(chosenPaths, later.root, key, value, proof)),
      'root',
    )
    for (const member of keys.slice(0, 60)) {
      if (member !== key) failedCheck(() => verifyStateProof(chosenPaths, state.root, member, undefined, proof))
    }
  }
})

test('absence by an empty slot, by another leaf, and in an empty state', () => {
  const path = (first: number) => Uint8Array.of(first, ...new Uint8Array(31))
  const state = stateOf([0b0000_0000, 0b0001_0000].map(first => keyWithPath(path(first))))
  const proofOf = (first: number) => stateProof(chosenPaths, state, keyWithPath(path(first)))

  const empty = proofOf(0b1000_0000)
  assert.is(empty.other, null)
  assert.equal(empty.given, Uint8Array.of(0b1000_0000))
  const met = proofOf(0b0000_0100)
  assert.equal(met.other, new Uint8Array([...path(0), ...sha256(numberedValue(0))]))
  // Only the deepest of the four siblings isn't empty.
  assert.equal(met.given, Uint8Array.of(0b0001_0000))
  assert.is(met.siblings.length, 32)
  assert.equal(stateProof(chosenPaths, new StoredState(), 'a'), {
    given: new Uint8Array(0),
    siblings: new Uint8Array(0),
    other: null,
  })
})

test('the leaf met must be another key’s, on the path', () => {
  const path = (first: number) => Uint8Array.of(first, ...new Uint8Array(31))
  const keys = [0b0000_0000, 0b0100_0000, 0b1000_0000].map(first => keyWithPath(path(first)))
  const state = stateOf(keys)
  const entry = (first: number, number: number) => new Uint8Array([...path(first), ...sha256(numberedValue(number))])
  const present = stateProof(chosenPaths, state, keys[0]!)
  const check = (other: Uint8Array) =>
    failedCheck(() => verifyStateProof(chosenPaths, state.root, keys[0]!, undefined, { ...present, other }))
  assert.is(check(entry(0b0000_0000, 0)), 'leaf')
  assert.is(check(entry(0b0100_0000, 1)), 'leaf')
  assert.is(check(entry(0b1000_0000, 2)), 'leaf')
  assert.is(check(entry(0b0000_0001, 0)), 'root')
  assert.is(check(entry(0b0000_0001, 0).subarray(1)), 'leaf')
})

test('a refused proof names the failed check', () => {
  const keys = numberedKeys(40)
  const state = stateOf(keys)
  const proof = stateProof(chosenPaths, state, keys[0]!)
  const check = (changed: Partial<typeof proof>, value: Uint8Array | undefined = numberedValue(0)) =>
    failedCheck(() => verifyStateProof(chosenPaths, state.root, keys[0]!, value, { ...proof, ...changed }))
  assert.is(check({ siblings: proof.siblings.subarray(32) }), 'siblings')
  assert.is(check({ siblings: new Uint8Array([...proof.siblings, ...new Uint8Array(32)]) }), 'siblings')
  assert.is(check({ other: new Uint8Array(64) }), 'leaf')
  assert.is(check({}, numberedValue(1)), 'root')
})

test('no changed or truncated proof is accepted', () => {
  const keys = numberedKeys(300)
  const state = stateOf(keys.slice(0, 250))
  const deep = crowdedKeys(60, 3)
  const crowded = stateOf(deep.slice(0, 40))
  for (const [tree, key] of [
    [state, keys[0]!],
    [state, keys[260]!],
    [state, keys[261]!],
    [state, keys[262]!],
    [crowded, deep[0]!],
    [crowded, deep[50]!],
    [new StoredState(), 'a'],
  ] as const) {
    assertTamperProof(stateProofValue(stateProof(tree.crypto, tree, key)), value =>
      verifyStateProof(tree.crypto, tree.root, key, tree.values.get(key), parseStateProof(value)),
    )
  }
})

test('parsing bounds the siblings and names the malformed field', () => {
  const field = (value: Parameters<typeof parseStateProof>[0]) => malformedField(() => parseStateProof(value))
  const all = new Uint8Array(32).fill(255)
  assert.is(field([all, new Uint8Array(256 * 32), null]), undefined)
  assert.is(field([new Uint8Array(33).fill(255), new Uint8Array(264 * 32), null]), 'proof.given')
  assert.is(field([Uint8Array.of(1, 0), new Uint8Array(32), null]), 'proof.given')
  assert.is(field([Uint8Array.of(1), new Uint8Array(64), null]), 'proof.siblings')
  assert.is(field([Uint8Array.of(1), new Uint8Array(32), new Uint8Array(63)]), 'proof.other')
  assert.is(field({}), 'proof')
})

test('a proof from a damaged store ends with the page’s name', () => {
  const keys = numberedKeys(2000)
  const state = stateOf(keys)
  const page = String.fromCharCode(1, sha256(keys[0]!)[0]!)
  const bytes = state.pages.get(page)!
  const fault = () => pageFault(() => stateProof(chosenPaths, state, keys[0]!))
  state.pages.set(page, bytes.slice(0, -64))
  assert.equal(fault(), [page, 'wrong'])
  state.pages.delete(page)
  assert.equal(fault(), [page, 'missing'])
})
