import * as assert from 'uvu/assert'
import { type ByteKey, compareBytes, concat, fromKey } from '../../../consensus/bytes.ts'
import { ProofError } from '../../../consensus/merkle/proof-error.ts'
import { statePath } from '../../../consensus/merkle/state-changes.ts'
import {
  besideBytesMax,
  firstPath,
  lastPath,
  type PathRange,
  pathAfter,
  stateBesideRange,
  verifyStateRange,
} from '../../../consensus/merkle/state-range.ts'
import { suite } from '../../harness.ts'
import { randomFrom } from '../../sim/random.ts'
import { chosenPaths, crowdedKeys, keyWithPath, numberedKeys, numberedValue, StoredState } from './stored-state.ts'

const test = suite('merkle/state-range')

function stateOf(keys: readonly ByteKey[]): StoredState {
  const state = new StoredState(chosenPaths)
  state.update(keys.map((key, i) => [key, numberedValue(i)]))
  return state
}

/** All leaves in path order, 64 bytes each. */
function leavesOf(state: StoredState): Uint8Array[] {
  const leaves = [...state.values].map(([key, value]) =>
    concat(statePath(state.crypto, key), state.crypto.sha256(value)),
  )
  return leaves.sort(compareBytes)
}

function within(leaves: readonly Uint8Array[], { from, to }: PathRange): Uint8Array[] {
  return leaves.filter(
    leaf => compareBytes(leaf.subarray(0, 32), from) >= 0 && compareBytes(leaf.subarray(0, 32), to) <= 0,
  )
}

const check = (state: StoredState, range: PathRange, leaves: readonly Uint8Array[], beside?: Uint8Array) =>
  verifyStateRange(
    state.crypto,
    state.root,
    range,
    beside ?? stateBesideRange(state.crypto, state, range),
    concat(...leaves),
  )

const fails = (run: () => void): string | undefined => {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof ProofError) return error.check
    throw error
  }
}

const states = () => [
  stateOf([]),
  stateOf(numberedKeys(1)),
  stateOf(numberedKeys(32)),
  stateOf(numberedKeys(900)),
  stateOf(crowdedKeys(400, 6)),
]

test('every range of every tree is proved with its leaves', () => {
  const random = randomFrom(3)
  for (const state of states()) {
    const leaves = leavesOf(state)
    const bounds = [firstPath, lastPath, ...leaves.map(leaf => leaf.subarray(0, 32))]
    for (let i = 0; i < 60; i++) {
      const some = () =>
        random.chance(0.3) ? Uint8Array.from({ length: 32 }, () => random.below(256)) : random.pick(bounds)
      const [from, to] = [some(), some()].sort(compareBytes) as [Uint8Array, Uint8Array]
      const range = { from, to }
      assert.ok(stateBesideRange(state.crypto, state, range).length <= besideBytesMax)
      assert.is(
        fails(() => check(state, range, within(leaves, range))),
        undefined,
      )
    }
    check(state, { from: firstPath, to: lastPath }, leaves)
  }
})

test('a leaf left out, added or changed leads to another root', () => {
  for (const state of states().slice(1)) {
    const leaves = leavesOf(state)
    const range = { from: leaves[leaves.length >> 2]!.slice(0, 32), to: leaves[leaves.length >> 1]!.slice(0, 32) }
    const own = within(leaves, range)
    for (let i = 0; i < own.length; i += 7) {
      assert.is(
        fails(() => check(state, range, own.toSpliced(i, 1))),
        'root',
      )
      const changed = own[i]!.slice()
      changed[40]! ^= 1
      assert.is(
        fails(() => check(state, range, own.with(i, changed))),
        'root',
      )
    }
    const between = range.to.slice()
    between[31]! ^= 1
    const added = [...own, concat(between, new Uint8Array(32))].sort(compareBytes)
    assert.ok(fails(() => check(state, range, added)))
  }
})

test('leaves out of order, twice or outside of the range are refused before anything is hashed', () => {
  const state = stateOf(numberedKeys(100))
  const leaves = leavesOf(state)
  const range = { from: leaves[10]!.slice(0, 32), to: leaves[20]!.slice(0, 32) }
  const own = within(leaves, range)
  assert.is(own.length, 11)
  assert.is(
    fails(() => check(state, range, own.toReversed())),
    'order',
  )
  assert.is(
    fails(() => check(state, range, [own[0]!, ...own])),
    'order',
  )
  assert.is(
    fails(() => check(state, range, [leaves[9]!, ...own])),
    'order',
  )
  assert.is(
    fails(() => check(state, range, [...own, leaves[21]!])),
    'order',
  )
  assert.is(
    fails(() => check(state, range, [...own, new Uint8Array(1)])),
    'order',
  )
})

test('whichever byte of what stands beside is changed, cut off or added, the range is refused', () => {
  const state = stateOf(crowdedKeys(200, 8))
  const leaves = leavesOf(state)
  const range = { from: leaves[50]!.slice(0, 32), to: leaves[90]!.slice(0, 32) }
  const own = within(leaves, range)
  const beside = stateBesideRange(state.crypto, state, range)
  for (let at = 0; at < beside.length; at++) {
    const changed = beside.slice()
    changed[at]! ^= 1
    assert.ok(
      fails(() => check(state, range, own, changed)),
      `byte ${at}`,
    )
  }
  assert.is(
    fails(() => check(state, range, own, beside.subarray(0, -1))),
    'siblings',
  )
  assert.is(
    fails(() => check(state, range, own, concat(beside, Uint8Array.of(0)))),
    'siblings',
  )
  assert.is(
    fails(() => check(state, range, own, new Uint8Array(0))),
    'siblings',
  )
})

test('a subtree passed off as a single leaf can’t hide what stands in the range', () => {
  // Two leaves in the lower half: alone beside an empty half, a leaf would rise, and two don't.
  const path = (...bytes: number[]) => Uint8Array.from({ length: 32 }, (_, i) => bytes[i] ?? 0)
  const state = stateOf([keyWithPath(path(0x10)), keyWithPath(path(0x20)), keyWithPath(path(0x90))])
  const upper = { from: path(0x80), to: lastPath }
  const hidden = concat(Uint8Array.of(2), state.root)
  assert.is(
    fails(() => check(state, upper, [], hidden)),
    'root',
  )
  const asLeaf = concat(Uint8Array.of(1), path(0x10), state.root)
  assert.is(
    fails(() => check(state, upper, [], asLeaf)),
    'root',
  )
  const single = stateOf([keyWithPath(path(0x90))])
  const moved = concat(Uint8Array.of(1), leavesOf(single)[0]!)
  assert.is(
    fails(() => check(single, upper, [], moved)),
    'leaf',
  )
})

test('paths follow each other up to the last', () => {
  assert.equal(pathAfter(firstPath)?.at(-1), 1)
  assert.equal(pathAfter(fromKey(`${'\0'.repeat(31)}\xff`))?.subarray(30), Uint8Array.of(1, 0))
  assert.is(pathAfter(lastPath), undefined)
  const path = Buffer.alloc(32)
  pathAfter(path)
  assert.is(path.at(-1), 0, 'the path itself stays')
})
