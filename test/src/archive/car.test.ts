import { CarReader } from '@ipld/car'
import * as assert from 'uvu/assert'
import { decode } from '../../../consensus/cbor/decode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { decodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { Cid } from '../../../consensus/cid.ts'
import { writeCar } from '../../../src/archive/car.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { buildSampleLedger } from '../../fixtures/sample-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('archive/car')
const { store } = await buildSampleLedger(tempFolder())
const newest = store.head()!.epoch
test.after(() => store.close())

interface Read {
  readonly roots: readonly string[]
  readonly blocks: ReadonlyMap<string, Uint8Array>
}

/** By the reader of others; each block is hashed once more. */
async function carOf(from: number, to: number): Promise<Read> {
  const pieces: Uint8Array[] = []
  for await (const piece of writeCar(store, { from, to })) pieces.push(piece)
  const reader = await CarReader.fromBytes(Buffer.concat(pieces))
  const blocks = new Map<string, Uint8Array>()
  for await (const { cid, bytes } of reader.blocks()) {
    assert.is(Cid.of(crypto, bytes).toString(), cid.toString())
    assert.not(blocks.has(cid.toString()), 'twice in the file')
    blocks.set(cid.toString(), new Uint8Array(bytes))
  }
  return { roots: (await reader.getRoots()).map(String), blocks }
}

function* linksOf(value: Value): Generator<Cid> {
  if (value instanceof Cid) yield value
  else if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array))
    for (const item of Object.values(value)) yield* linksOf(item as Value)
}

/** Links to blocks of DAG-CBOR that the file doesn't hold. Contents are the only links of another codec. */
function outside({ blocks }: Read): Set<string> {
  const missing = new Set<string>()
  for (const bytes of blocks.values()) {
    for (const link of linksOf(decode(bytes))) {
      if (link.isDagCbor && !blocks.has(link.toString())) missing.add(link.toString())
    }
  }
  return missing
}

const checkpointOf = (epoch: number): string => Cid.of(crypto, store.epochs.get(epoch)!.checkpoint).toString()

test('a file of all epochs holds whatever its blocks link to, from the newest checkpoint to the genesis', async () => {
  const car = await carOf(1, newest)
  assert.equal(car.roots, [checkpointOf(newest)])
  assert.equal([...outside(car)], [])
  assert.ok(car.blocks.has(store.chain()!.toString()))
  for await (const { batch } of store.authors.all()) assert.ok(car.blocks.has(batch.toString()))
  let at = car.roots[0]!
  for (let epoch = newest; epoch >= 1; epoch--) at = decodeCheckpoint(car.blocks.get(at)!).prev.toString()
  assert.is(at, store.chain()!.toString())
})

test('of a range, what its links lead out to is older: checkpoints, certificates and batches of epochs before', async () => {
  const from = Math.ceil(newest / 2)
  const car = await carOf(from, newest - 1)
  assert.equal(car.roots, [checkpointOf(newest - 1)])
  const older = await carOf(1, from - 1)
  const links = [...outside(car)]
  assert.ok(links.includes(checkpointOf(from - 1)))
  for (const link of links) assert.ok(older.blocks.has(link), link)
})

test('no epoch, no file', async () => {
  for (const [from, to] of [
    [newest + 1, newest + 1],
    [3, 2],
  ] as const) {
    const refused = await carOf(from, to).catch((error: { code: string }) => error.code)
    assert.is(refused, 'not-yet')
  }
})
