import { compareBytes, concat, copyOf } from '../../consensus/bytes.ts'
import { firstPath, lastPath, type PathRange, pathAfter } from '../../consensus/merkle/state-range.ts'

const pathLength = 32
/** Of a path, enough for a share that is shown to people. */
const shareBytes = 6

/** Which paths of a state are here: ranges in order that neither overlap nor touch. */
export class CoveredPaths {
  #ranges: PathRange[]

  constructor(ranges: readonly PathRange[] = []) {
    this.#ranges = [...ranges]
  }

  static decode(bytes: Uint8Array): CoveredPaths {
    const ranges: PathRange[] = []
    for (let at = 0; at < bytes.length; at += 2 * pathLength) {
      ranges.push({ from: copyOf(bytes, at, at + pathLength), to: copyOf(bytes, at + pathLength, at + 2 * pathLength) })
    }
    return new CoveredPaths(ranges)
  }

  encode(): Uint8Array {
    return concat(...this.#ranges.flatMap(({ from, to }) => [from, to]))
  }

  add({ from, to }: PathRange): void {
    let joined: PathRange = { from, to }
    const apart: PathRange[] = []
    for (const range of this.#ranges) {
      if (touches(range, joined)) joined = { from: least(range.from, joined.from), to: greatest(range.to, joined.to) }
      else apart.push(range)
    }
    this.#ranges = [...apart, joined].sort((a, b) => compareBytes(a.from, b.from))
  }

  get isWhole(): boolean {
    return this.firstGap({ from: firstPath, to: lastPath }) === undefined
  }

  /** The first path of a range that isn't here. */
  firstGap({ from, to }: PathRange): Uint8Array | undefined {
    const around = this.#ranges.find(range => compareBytes(range.from, from) <= 0 && compareBytes(from, range.to) <= 0)
    const gap = around === undefined ? from : pathAfter(around.to)
    return gap === undefined || compareBytes(gap, to) > 0 ? undefined : gap
  }

  /** From 0 to 1. Paths are hashes: so much of the paths is so much of the cells. */
  get share(): number {
    let share = 0
    for (const { from, to } of this.#ranges) share += fraction(to) - fraction(from)
    return Math.min(1, share)
  }
}

function touches(a: PathRange, b: PathRange): boolean {
  return startsBeforeEnd(a, b) && startsBeforeEnd(b, a)
}

/** Whether `a` begins at most one path after the end of `b`. */
function startsBeforeEnd(a: PathRange, b: PathRange): boolean {
  const after = pathAfter(b.to)
  return after === undefined || compareBytes(a.from, after) <= 0
}

function least(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) <= 0 ? a : b
}

function greatest(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b
}

function fraction(path: Uint8Array): number {
  let value = 0
  for (let i = shareBytes - 1; i >= 0; i--) value = (value + path[i]!) / 256
  return value
}
