import * as assert from 'uvu/assert'
import { compareBytes } from '../../../consensus/bytes.ts'
import { firstPath, lastPath, pathAfter } from '../../../consensus/merkle/state-range.ts'
import { CoveredPaths } from '../../../src/join/covered-paths.ts'
import { suite } from '../../harness.ts'
import { randomFrom } from '../../sim/random.ts'

const test = suite('join/covered-paths')

const path = (first: number, last = 0) =>
  Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? first : i === 31 ? last : 0))
const whole = { from: firstPath, to: lastPath }

test('nothing is covered at first, and in the end everything', () => {
  const covered = new CoveredPaths()
  assert.equal(covered.firstGap(whole), firstPath)
  assert.is(covered.share, 0)
  covered.add({ from: firstPath, to: path(0x7f) })
  assert.equal(covered.firstGap(whole), path(0x7f, 1))
  assert.equal(covered.firstGap({ from: firstPath, to: path(0x7f) }), undefined)
  assert.ok(Math.abs(covered.share - 0.5) < 0.01)
  covered.add({ from: path(0x60), to: lastPath })
  assert.ok(covered.isWhole)
  assert.ok(covered.share > 0.999)
})

test('whatever the order of the pieces, what is missing is missing, and it reads back the same', () => {
  const random = randomFrom(5)
  for (let round = 0; round < 30; round++) {
    const bounds = Array.from({ length: 12 }, () => Uint8Array.from({ length: 32 }, () => random.below(4) * 85))
    const ends = [...bounds.sort(compareBytes).filter((bound, i) => i === 0 || compareBytes(bounds[i - 1]!, bound) < 0)]
    const pieces = [...ends, lastPath].map((to, i) => ({ from: i === 0 ? firstPath : pathAfter(ends[i - 1]!)!, to }))
    const real = pieces.filter(({ from, to }) => compareBytes(from, to) <= 0)
    const left = random.below(real.length)
    const order = real.map((_, i) => i).filter(i => i !== left)
    order.sort(() => random.next() - 0.5)
    let covered = new CoveredPaths()
    for (const i of order) {
      covered.add(real[i]!)
      covered = CoveredPaths.decode(covered.encode())
    }
    assert.equal(covered.firstGap(whole), real[left]!.from)
    assert.is(covered.encode().length <= 128, true)
    covered.add(real[left]!)
    assert.ok(covered.isWhole)
    assert.is(covered.encode().length, 64)
  }
})
