import { join } from 'node:path'
import { Level } from 'level'
import * as assert from 'uvu/assert'
import { type ByteKey, toHex } from '../../../consensus/bytes.ts'
import { CorruptError } from '../../../src/store/errors.ts'
import { describeKey, type SectionName, sectionOf, sections } from '../../../src/store/keys.ts'
import { Store } from '../../../src/store/store.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { author, begunStore, cidOf, collect, sampleBatch, sampleEpoch } from './sample.ts'

const test = suite('store/damage')

type Raw = Level<Uint8Array, Uint8Array>
const batch = sampleBatch('a batch')

/** How the store's users meet a value of each section. */
const readers: Record<SectionName, (store: Store) => unknown> = {
  meta: store => [
    store.head(),
    store.genesis(),
    store.chain(),
    store.agreement.get(),
    store.peers.get(),
    store.join.get(),
  ],
  batch: store => store.batches.get(batch.batch),
  body: store => store.batches.body(batch.batch),
  author: store => store.authors.at(author, 1),
  outcome: store => store.outcomes.get(sampleBatch('of 1').batch),
  epoch: store => store.epochs.get(1),
  checkpoint: store => store.epochs.named(cidOf('checkpoint 1')),
  block: store => store.blocks.get(cidOf('block 1')),
  state: store => collect(store.state.scan()),
  page: store => store.pages.getMany(['page0', 'page1']),
  payouts: store => collect(store.payouts.all(1)),
  flows: store => store.flows.get(1, 0),
  snapshot: store => store.snapshots.get(1, 0),
}

test('a flipped bit in any byte of any stored value is found by its reader and by a scan, and named', async () => {
  const dir = await sampleFolder()
  const entries = await rawEntries(dir)
  const store = await Store.open(dir, { create: false, multithreading: true })
  const raw = await openRaw(dir)
  for (const [key, sealed] of entries) {
    const section = sectionOf(key)!
    // Read only while the store opens.
    if (describeKey(key) === 'meta version') continue
    for (let at = 0; at < sealed.length; at++) {
      const damaged = sealed.slice()
      damaged[at]! ^= 1 << (at & 7)
      await raw.put(key, damaged)
      const error = await caught(async () => await readers[section](store))
      assert.ok(error instanceof CorruptError, `byte ${at} of ${describeKey(key)}: ${error}`)
      assert.is(toHex(error.key), toHex(key))
      assert.ok(error.message.startsWith(describeKey(key)))
      const found = (await collect(store.scan())).filter(({ problem }) => problem !== undefined)
      assert.equal(
        found.map(({ key }) => key),
        [key],
      )
      assert.is(found[0]?.value, undefined)
      await raw.put(key, sealed)
    }
  }
  await raw.close()
  await store.close()
})

test('every section is among the samples', async () => {
  const found = new Set((await rawEntries(await sampleFolder())).map(([key]) => sectionOf(key)))
  assert.equal([...found].sort(), Object.keys(sections).sort())
})

test('damage in the version, the head or the genesis stops the opening', async () => {
  const dir = await sampleFolder()
  for (const name of ['meta version', 'meta head', 'finalized epoch 1']) {
    const [key, sealed] = (await rawEntries(dir)).find(([key]) => describeKey(key) === name)!
    await putRaw(dir, key, sealed.toReversed())
    const error = await caught(() => Store.open(dir, { create: false, multithreading: false }))
    assert.ok(error instanceof CorruptError && error.message.startsWith(name), String(error))
    await putRaw(dir, key, sealed)
  }
})

test('a value under a wrong key, and a key that is none of ours, are found', async () => {
  const dir = await sampleFolder()
  const entries = await rawEntries(dir)
  const [from, to] = ['state 63656c6c30', 'state 63656c6c31'].map(
    name => entries.find(([key]) => describeKey(key) === name)!,
  )
  await putRaw(dir, to![0], from![1])
  await putRaw(dir, Uint8Array.of(0, 1, 2), from![1])
  const store = await Store.open(dir, { create: false, multithreading: false })
  const problems = (await collect(store.scan())).filter(({ problem }) => problem !== undefined)
  assert.equal(
    problems.map(({ key, problem }) => `${describeKey(key!)}: ${problem}`),
    ['unknown key 000102: no key of this store', 'state 63656c6c31: the stored bytes do not match their checksum'],
  )
  await store.close()
})

/** A ledger with one value or more in each section. */
async function sampleFolder(): Promise<string> {
  const dir = tempFolder()
  const store = await begunStore(dir)
  await store.putBatches([batch], { sync: false })
  const cells = (name: string): [ByteKey, Uint8Array][] => [0, 1].map(i => [`${name}${i}`, new Uint8Array(30).fill(i)])
  await store.commitEpoch(sampleEpoch(1, { state: cells('cell'), pages: cells('page') }))
  await store.write([store.snapshots.op(1, 0, new Uint8Array(300))], { sync: false })
  for (const slot of [store.agreement, store.peers, store.join]) await slot.put(new Uint8Array(20), { sync: false })
  await store.close()
  return dir
}

function openRaw(dir: string): Promise<Raw> {
  const raw: Raw = new Level(join(dir, 'ledger'), { keyEncoding: 'view', valueEncoding: 'view' })
  return raw.open({ multithreading: true }).then(() => raw)
}

async function putRaw(dir: string, key: Uint8Array, value: Uint8Array): Promise<void> {
  const raw = await openRaw(dir)
  await raw.put(key, value)
  await raw.close()
}

async function rawEntries(dir: string): Promise<[key: Uint8Array, sealed: Uint8Array][]> {
  const raw = await openRaw(dir)
  const entries = await raw.iterator().all()
  await raw.close()
  return entries.map(([key, sealed]) => [new Uint8Array(key), new Uint8Array(sealed)])
}

async function caught(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return undefined
  } catch (error) {
    return error
  }
}
