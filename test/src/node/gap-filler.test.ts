import { setImmediate as turn } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { batchesLimits } from '../../../network/limits.ts'
import { TokenBucket } from '../../../network/token-bucket.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { Given } from '../../../src/node/batch-fetcher.ts'
import { GapFiller, gapMs } from '../../../src/node/gap-filler.ts'
import { Mempool } from '../../../src/node/mempool.ts'
import { suite } from '../../harness.ts'

const test = suite('node/gap-filler')
const roomy = { bytesMax: 2 ** 30, authorBytesMax: 2 ** 30, authorBatchesMax: 4096, rivalsMax: 4 }
const pageMax = 8

function authorOf(index: number): Uint8Array {
  const author = new Uint8Array(32)
  new DataView(author.buffer).setUint32(0, index)
  return author
}

function cidOf(author: Uint8Array, seq: number): Cid {
  return Cid.of(nativeCrypto, Uint8Array.of(...author, seq))
}

/** A mempool with gaps, and peers that take no more asks than a real one, at a time of its own. */
class Filling {
  readonly mempool = new Mempool(roomy)
  readonly filler: GapFiller
  readonly admitted: string[] = []
  readonly asked: string[] = []
  /** The author's, and how many of its batches are asked for. */
  readonly ranges: [author: number, count: number][] = []
  onFatal: (error: Error) => void = error => assert.unreachable(error.message)
  filled = 0
  mostAtOnce = 0
  readonly #buckets = new Map<string, TokenBucket>()
  readonly #answer: (peer: string) => Promise<void>
  readonly #atOnce = new Map<string, number>()
  #nowMs = 0

  constructor(answer: (peer: string) => Promise<void> = async () => {}) {
    this.#answer = answer
    this.filler = new GapFiller({
      ledger: { account: () => ({ seq: 0, head: null }) as never },
      mempool: this.mempool,
      fetcher: { fetchRange: (author, from, to, peer) => this.#fetch(author, from, to, peer) },
      signal: new AbortController().signal,
      onFilled: () => this.filled++,
      onFatal: error => this.onFatal(error),
    })
  }

  /** Only batch `seq` of an author came. */
  gap(index: number, from: string, seq = 2): void {
    const author = authorOf(index)
    this.#add(author, seq)
    this.filler.look(author, from)
  }

  /** Somebody else on this node asks as well. */
  take(peer: string): ReturnType<TokenBucket['take']> {
    const { perSecond, burst } = batchesLimits
    const bucket = this.#buckets.get(peer) ?? new TokenBucket(perSecond, burst, this.#nowMs)
    this.#buckets.set(peer, bucket)
    return bucket.take(this.#nowMs)
  }

  async fills(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      this.#nowMs += gapMs
      this.filler.fill()
      await turn()
    }
  }

  isFilled(index: number): boolean {
    return this.mempool.gapBefore(toKey(authorOf(index)), { seq: 0, head: null }) === undefined
  }

  async #fetch(author: Uint8Array, from: number, to: number, peer: string): Promise<Given> {
    this.asked.push(peer)
    this.ranges.push([new DataView(author.buffer).getUint32(0), to - from + 1])
    const atOnce = (this.#atOnce.get(peer) ?? 0) + 1
    this.#atOnce.set(peer, atOnce)
    this.mostAtOnce = Math.max(this.mostAtOnce, atOnce)
    await this.#answer(peer)
    this.#atOnce.set(peer, this.#atOnce.get(peer)! - 1)
    const admission = this.take(peer)
    this.admitted.push(admission)
    if (admission !== 'fine') return 'busy'
    for (let seq = from; seq <= Math.min(to, from + pageMax - 1); seq++) this.#add(author, seq)
    return 'something'
  }

  #add(author: Uint8Array, seq: number): void {
    const prev = seq === 1 ? null : cidOf(author, seq - 1)
    this.mempool.add({ cid: cidOf(author, seq), author: toKey(author), seq, prev, bytes: 300, arrival: 0 })
  }
}

const indices = (count: number) => Array.from({ length: count }, (_, i) => i)

test('any number of gaps that a peer passed on are filled in the end, without ever asking it more than it takes', async () => {
  const filling = new Filling()
  for (const i of indices(1_200)) filling.gap(i, 'peer')
  await filling.fills(400)
  assert.equal(new Set(filling.admitted), new Set(['fine']))
  assert.is(filling.filled, 1_200)
  assert.ok(indices(1_200).every(i => filling.isFilled(i)))
})

test('a slow peer has few asks under way, and holds up no other', async () => {
  const silent = Promise.withResolvers<void>()
  const filling = new Filling(peer => (peer === 'slow' ? silent.promise : Promise.resolve()))
  for (const i of indices(100)) filling.gap(i, i % 2 === 0 ? 'slow' : 'quick')
  await filling.fills(50)
  const { inflightPerPeer } = batchesLimits
  assert.ok(filling.mostAtOnce < inflightPerPeer, 'a cut under way finds a turn')
  assert.ok(indices(100).every(i => filling.isFilled(i) === (i % 2 === 1)))
  silent.resolve()
  await filling.fills(50)
  assert.ok(indices(100).every(i => filling.isFilled(i)))
})

test('a busy peer is left alone for a while, and nothing is forgotten meanwhile', async () => {
  const filling = new Filling()
  for (const i of indices(30)) filling.gap(i, 'peer')
  while (filling.take('peer') === 'fine') {}
  for (let i = 0; i < 100; i++) filling.take('peer')
  await filling.fills(8)
  assert.equal(new Set(filling.admitted), new Set(['busy']))
  assert.ok(filling.admitted.length < batchesLimits.inflightPerPeer)
  await filling.fills(100)
  assert.ok(indices(30).every(i => filling.isFilled(i)))
})

test('a gap of several pages is asked for until it is filled', async () => {
  const filling = new Filling()
  filling.gap(0, 'peer', 3 * pageMax)
  await filling.fills(10)
  assert.equal(
    filling.ranges.map(([, count]) => count),
    [3 * pageMax - 1, 2 * pageMax - 1, pageMax - 1],
  )
  assert.ok(filling.isFilled(0))
})

test('gaps are remembered within bounds; of those of who brought the most, the oldest are given up', async () => {
  const filling = new Filling()
  filling.gap(0, 'honest')
  for (const i of indices(5_000)) filling.gap(i + 1, 'flooder')
  await filling.fills(1_000)
  assert.ok(filling.isFilled(0))
  const filled = indices(5_000).filter(i => filling.isFilled(i + 1))
  assert.ok(filled.length < 2_500 && filled.includes(4_999) && !filled.includes(0), `${filled.length}`)
})

test('a fault of this node is told', async () => {
  const filling = new Filling(() => Promise.reject(new Error('the store is gone')))
  const told: string[] = []
  filling.onFatal = error => told.push(error.message)
  filling.gap(0, 'peer')
  await filling.fills(1)
  assert.equal(told, ['the store is gone'])
})
