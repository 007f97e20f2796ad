import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { equalBytes, toHex } from '../../../consensus/bytes.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { leafPageMax, rootPageKey } from '../../../consensus/merkle/state-page.ts'
import { stateRoot, updateStateTree } from '../../../consensus/merkle/state-tree.ts'
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

const test = suite('merkle/state-tree')

const stored = (state: StoredState) =>
  [...state.pages].map(([key, bytes]) => [toHex(Buffer.from(key, 'latin1')), toHex(bytes)]).sort()

function assertDefined(state: StoredState): void {
  assert.is(toHex(state.root), toHex(state.definedRoot()))
  const rebuilt = state.rebuilt()
  assert.is(toHex(state.root), toHex(rebuilt.root))
  assert.equal(stored(state), stored(rebuilt))
}

test('nothing, one and two leaves, written out', () => {
  const state = new StoredState()
  state.update([])
  assert.is(toHex(state.root), '00'.repeat(32))
  assert.is(state.pages.size, 0)

  const leaf = (key: string, value: string) => sha256('\x00', sha256(key), sha256(value))
  state.update([['a', Buffer.from('1')]])
  assert.is(toHex(state.root), toHex(leaf('a', '1')))

  // SHA-256 of a begins with 1100…, that of b with 0011….
  state.update([['b', Buffer.from('2')]])
  assert.is(toHex(state.root), toHex(sha256('\x01', leaf('b', '2'), leaf('a', '1'))))
})

test('two leaves stand at their shortest unique prefix, below empty siblings', () => {
  const state = new StoredState(chosenPaths)
  const path = new Uint8Array(32)
  const other = Uint8Array.of(0x10, ...new Uint8Array(31))
  state.update([
    [keyWithPath(path), numberedValue(1)],
    [keyWithPath(other), numberedValue(2)],
  ])
  const leaf = (at: Uint8Array, number: number) => sha256('\x00', at, sha256(numberedValue(number)))
  const empty = new Uint8Array(32)
  let expected = sha256('\x01', leaf(path, 1), leaf(other, 2))
  for (let bit = 2; bit >= 0; bit--) expected = sha256('\x01', expected, empty)
  assert.is(toHex(state.root), toHex(expected))
})

test('root and pages depend on the set alone, for ordinary keys', () => {
  const keys = numberedKeys(3000)
  const state = new StoredState()
  for (const size of [31, 32, 33, 34, 500, 3000]) {
    state.update(keys.slice(0, size).map((key, i) => [key, numberedValue(i)]))
    assertDefined(state)
  }
  for (const size of [2999, 600, 34, 33, 32, 31, 1, 0]) {
    state.update(keys.slice(size).map(key => [key, null]))
    assertDefined(state)
  }
  assert.is(state.pages.size, 0)
})

test('root and pages depend on the set alone, for paths that crowd up to the last bit', () => {
  const keys = crowdedKeys(300, 1)
  const change = fc.tuple(fc.nat(keys.length - 1), fc.option(fc.nat(5), { freq: 2 }))
  const history = fc.array(fc.array(change, { maxLength: 150 }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(history, batches => {
      const state = new StoredState(chosenPaths)
      for (const batch of batches) {
        const before = new Map(state.pages)
        const pages = state.update(
          batch.map(([key, number]) => [keys[key]!, number === null ? null : numberedValue(number)]),
        )
        for (const [key, bytes] of pages) {
          const former = before.get(key)
          assert.ok(bytes === null ? former !== undefined : former === undefined || !equalBytes(bytes, former))
        }
        assertDefined(state)
      }
    }),
    { numRuns: 25 },
  )
})

test('a crowd at the last bit grows into pages and shrinks back', () => {
  const shared = new Uint8Array(31).fill(0xab)
  const keys = Array.from({ length: 256 }, (_, i) => keyWithPath(Uint8Array.of(...shared, i)))
  const state = new StoredState(chosenPaths)
  for (let size = 1; size <= 256; size += 15) {
    state.update(keys.slice(0, size).map((key, i) => [key, numberedValue(i)]))
    assertDefined(state)
  }
  assert.ok(state.pages.size > 256)
  state.update(keys.slice(leafPageMax).map(key => [key, null]))
  assertDefined(state)
  assert.equal([...state.pages.keys()], [rootPageKey])
})

test('a page that an update makes and unmakes is not among those it writes', () => {
  const path = (first: number) => keyWithPath(Uint8Array.of(first, ...new Uint8Array(31)))
  const state = new StoredState(chosenPaths)
  state.update(Array.from({ length: leafPageMax + 1 }, (_, i) => [path(i), numberedValue(i)]))
  assert.is(state.pages.size, leafPageMax + 2)
  const before = [...state.pages.keys()].sort()
  const pages = state.update([
    [path(200), numberedValue(200)],
    [path(0), null],
    [path(1), null],
  ])
  assertDefined(state)
  assert.equal([...pages.keys()].sort(), before)
})

test('of several changes of one key the last counts', () => {
  const state = new StoredState()
  state.update([
    ['a', numberedValue(1)],
    ['b', numberedValue(1)],
    ['a', null],
    ['b', null],
    ['b', numberedValue(2)],
  ])
  assert.is(state.values.size, 1)
  assertDefined(state)
})

test('the order of the changes makes no difference, nor does the crypto', () => {
  const changes = numberedKeys(200).map((key, i) => [key, numberedValue(i)] as const)
  const state = new StoredState()
  const pages = [...state.update(changes)]
  const other = updateStateTree(nobleCrypto, new Map(), [...changes].reverse())
  assert.equal([...other.pages], pages)
  assert.equal(other.root, state.root)
  assert.equal(stateRoot(nobleCrypto, state), state.root)
})

test('an update reads the pages on its path and no others, and writes them only if they change', () => {
  const keys = numberedKeys(20_000)
  const state = new StoredState()
  state.update(keys.map((key, i) => [key, numberedValue(i)]))
  const path = sha256(keys[7]!)
  const onPath = [0, 1, 2].map(depth => String.fromCharCode(depth, ...path.subarray(0, depth)))

  assert.is(state.update([[keys[7]!, numberedValue(7)]]).size, 0)
  assert.equal(state.read, onPath)
  assert.is(state.update([['nobody', null]]).size, 0)
  assert.equal([...state.update([[keys[7]!, numberedValue(8)]]).keys()], onPath.toReversed())
  assert.equal(state.read, onPath)
})

test('a missing or damaged page stops the update and is named', () => {
  const keys = numberedKeys(2000)
  const state = new StoredState()
  state.update(keys.map((key, i) => [key, numberedValue(i)]))
  const page = String.fromCharCode(1, sha256(keys[0]!)[0]!)
  const bytes = state.pages.get(page)!
  const fault = () => pageFault(() => state.update([[keys[0]!, numberedValue(1)]]))
  state.pages.delete(page)
  assert.equal(fault(), [page, 'missing'])
  state.pages.set(page, bytes.slice(0, -1))
  assert.equal(fault(), [page, 'malformed'])
  state.pages.set(page, Uint8Array.of(9))
  assert.equal(fault(), [page, 'malformed'])
})
