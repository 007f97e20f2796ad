import * as assert from 'uvu/assert'
import { equalBytes } from '../../../consensus/bytes.ts'
import { childPageKey, leafPageMax, parsePage, rootPageKey } from '../../../consensus/merkle/state-page.ts'
import { suite } from '../../harness.ts'
import { pageFault } from './stored-state.ts'

const test = suite('merkle/state-page')

const key = childPageKey(rootPageKey, 0xab)
const entry = (...path: number[]) => [...path, ...new Array<number>(64 - path.length).fill(7)]
const child = (byte: number, count: number) => [byte, 0, 0, 0, 0, 0, 0, 0, count, ...new Array<number>(32).fill(9)]
const fault = (bytes: number[], at = key) => pageFault(() => parsePage(at, Uint8Array.from(bytes)))

function assertParsed(...bytes: number[]): void {
  const page = parsePage(key, Uint8Array.from(bytes))
  assert.ok(equalBytes(page.encode(), Uint8Array.from(bytes)))
}

test('a page key is its depth and prefix', () => {
  assert.is(key, '\x01\xab')
  assert.is(childPageKey(key, 0), '\x02\xab\0')
})

test('a leaf page holds 1 to 32 leaves of its prefix in ascending order', () => {
  const leaves = (count: number) => Array.from({ length: count }, (_, i) => entry(0xab, i)).flat()
  assertParsed(0, ...leaves(1))
  assertParsed(0, ...leaves(leafPageMax))
  for (const wrong of [
    [],
    leaves(leafPageMax + 1),
    leaves(2).slice(1),
    entry(0xaa),
    [...entry(0xab, 1), ...entry(0xab, 0)],
    [...entry(0xab, 1), ...entry(0xab, 1)],
  ]) {
    assert.equal(fault([0, ...wrong]), [key, 'malformed'])
  }
})

test('an inner page holds more than 32 leaves, in children in ascending order', () => {
  assertParsed(1, ...child(0, 32), ...child(255, 1))
  assertParsed(1, ...child(3, 33))
  for (const wrong of [
    [],
    child(3, 32),
    child(3, 33).slice(1),
    [...child(3, 20), ...child(3, 20)],
    [...child(4, 20), ...child(3, 20)],
    [...child(3, 33), ...child(4, 0)],
    child(3, 33).with(1, 0x20),
  ]) {
    assert.equal(fault([1, ...wrong]), [key, 'malformed'])
  }
})

test('no other kind of page, and no children below a whole path', () => {
  assert.equal(fault([]), [key, 'malformed'])
  assert.equal(fault([2, ...entry(0xab)]), [key, 'malformed'])
  let deepest = rootPageKey
  for (let depth = 0; depth < 32; depth++) deepest = childPageKey(deepest, depth)
  assert.equal(fault([1, ...child(3, 33)], deepest), [deepest, 'malformed'])
})
