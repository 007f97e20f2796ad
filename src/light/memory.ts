import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of the heap by which it may grow before it is collected; a collection takes some 20 ms. */
const growthMax = 5 * 1024 * 1024

let collect: (() => void) | undefined
/** Bytes of the heap that were in use after the last collection. */
let left = 0

/**
 * A light node runs where memory is dear. A young generation that doesn't grow keeps it small while the network is loaded; later the
 * old one would be left to grow to twice of what is in use before anything is forgotten, so `forget` does that in time. To be called
 * before the rest is loaded.
 */
export function keepSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--optimize-for-size')
  setFlagsFromString('--expose-gc')
  collect = runInNewContext('gc') as () => void
}

/** To be called between two answers of a long walk, when nothing much is in hand; does nothing without `keepSmall`. */
export function forget(): void {
  if (collect === undefined || inUse() < left + growthMax) return
  collect()
  left = inUse()
}

/** Answers lie outside of the heap. */
function inUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
