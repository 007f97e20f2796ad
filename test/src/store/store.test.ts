import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Level } from 'level'
import * as assert from 'uvu/assert'
import { type ByteKey, utf8 } from '../../../consensus/bytes.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { seal } from '../../../src/store/checksum.ts'
import { explainFailure } from '../../../src/store/errors.ts'
import { epochKey, metaKey, stateKey } from '../../../src/store/keys.ts'
import { Store } from '../../../src/store/store.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { author, begunStore, cidOf, collect, genesis, sampleBatch, sampleCells, sampleEpoch } from './sample.ts'

const test = suite('store/store')
const open = (dir: string, create = false) => Store.open(dir, { create, multithreading: false })

test('a folder without a ledger is said to be one, and is left empty', async () => {
  const dir = tempFolder()
  await rejects(() => open(dir), 'store-missing', /there is no ledger in .*ledger$/)
  assert.equal(await readdir(dir), [])
})

test('a second opening is told that a node is running there', async () => {
  const dir = tempFolder()
  const store = await open(dir, true)
  await rejects(() => open(dir), 'store-locked', /^a node is running on this folder: /)
  await store.close()
  await (await open(dir)).close()
})

test('several openings share a store where all ask for it', async () => {
  const dir = tempFolder()
  const options = { create: true, multithreading: true }
  const [one, other] = [await Store.open(dir, options), await Store.open(dir, options)]
  await one.beginAtGenesis(genesis, { state: [['cell', utf8('value')]], pages: [], blocks: [] })
  assert.equal(other.state.get('cell'), utf8('value'))
  await Promise.all([one.close(), other.close()])
})

test('a store of a version that no release wrote is refused, and left as it is', async () => {
  const dir = tempFolder()
  await (await open(dir, true)).close()
  const key = metaKey('version')
  await writeRaw(dir, key, seal(key, encode([0, '0.0.1'])))
  await rejects(() => open(dir), 'store-older', /version 0/)
  await rejects(() => open(dir), 'store-older', /version 0/)
})

test('a store of a newer version is refused unchanged, and the needed release is named', async () => {
  const dir = tempFolder()
  await (await open(dir, true)).close()
  const key = metaKey('version')
  await writeRaw(dir, key, seal(key, encode([2, '3.1.4'])))
  const error = await rejects(() => open(dir), 'store-newer', /the data is intact, use version ≥ 3\.1\.4$/)
  assert.is(error.facts.version, 2)
  await rejects(() => open(dir), 'store-newer', /3\.1\.4/)
})

test("another program's database is refused", async () => {
  const dir = tempFolder()
  await mkdir(join(dir, 'ledger'))
  await writeRaw(dir, utf8('theirs'), utf8('value'))
  await rejects(() => open(dir, true), 'store-foreign', /carries no version/)
})

test('a folder that cannot be made or read is named', async () => {
  const dir = tempFolder()
  await writeFile(join(dir, 'file'), '')
  await rejects(() => open(join(dir, 'file'), true), 'no-folder', /ledger is no folder/)
})

test('a damaged manifest is told as damage', async () => {
  const dir = tempFolder()
  await (await begunStore(dir)).close()
  await writeFile(join(dir, 'ledger', 'CURRENT'), 'MANIFEST-999999\n')
  await rejects(() => open(dir), 'store-corrupt', /is damaged/)
})

test('what the system says becomes what to do', () => {
  const level = (message: string) => Object.assign(new Error('Database failed to open'), { cause: new Error(message) })
  const codes = {
    'IO error: /d/000005.log: No space left on device': 'disk-full',
    'IO error: /d/LOCK: Permission denied': 'store-not-writable',
    'IO error: /d/LOCK: Read-only file system': 'store-not-writable',
    'IO error: something else': 'store-failed',
  }
  for (const [message, code] of Object.entries(codes)) assert.is(explainFailure(level(message), '/d').code, code)
  assert.match(explainFailure(level('IO error: No space left on device'), '/d').next ?? '', /the data is intact/)
})

test('a ledger begins at its genesis, once', async () => {
  const dir = tempFolder()
  const store = await open(dir, true)
  assert.is(store.head(), undefined)
  assert.is(store.chain(), undefined)
  await store.beginAtGenesis(genesis, {
    state: sampleCells('cell', 0),
    pages: sampleCells('page', 0),
    blocks: [utf8('params')],
  })
  const chain = Cid.of(nativeCrypto, genesis)
  assert.equal(store.head(), { epoch: 0, checkpoint: chain })
  assert.ok(store.chain()?.equals(chain))
  assert.equal(store.genesis(), genesis)
  assert.equal(store.state.get('cell3'), utf8('cell 0'))
  assert.equal(store.blocks.get(cidOf('params')), utf8('params'))
  await rejects(
    () => store.beginAtGenesis(genesis, { state: [], pages: [], blocks: [] }),
    'store-begun',
    /already holds a ledger/,
  )
  await rejects(() => store.beginAtEpoch(genesis, sampleEpoch(5)), 'store-begun', /already holds a ledger/)
  await store.close()
})

test('what an abandoned snapshot left is no part of a ledger that begins at its genesis', async () => {
  const store = await open(tempFolder(), true)
  await store.write([{ key: stateKey('left'), value: utf8('over') }], { sync: false })
  await store.beginAtGenesis(genesis, { state: sampleCells('cell', 0, 1), pages: [], blocks: [] })
  assert.equal(await collect(store.state.scan()), [['cell0', utf8('cell 0')]])
  await store.close()
})

test('a ledger begins at the epoch of a snapshot whose cells came before', async () => {
  const dir = tempFolder()
  const store = await open(dir, true)
  await store.join.put(utf8('3 of 4 chunks'), { sync: false })
  await store.write([{ key: stateKey('early'), value: utf8('chunk') }], { sync: false })
  await store.beginAtEpoch(genesis, sampleEpoch(8640))
  assert.equal(store.head(), { epoch: 8640, checkpoint: cidOf('checkpoint 8640') })
  assert.equal(store.state.get('early'), utf8('chunk'))
  assert.is(store.join.get(), undefined)
  await store.commitEpoch(sampleEpoch(8641))
  await store.close()
  const again = await open(dir)
  assert.is(again.head()?.epoch, 8641)
  await again.close()
})

test('an epoch is kept with all that belongs to it, also after a restart', async () => {
  const dir = tempFolder()
  const store = await begunStore(dir)
  await store.commitEpoch(sampleEpoch(1))
  await store.commitEpoch(
    sampleEpoch(2, {
      state: [
        ['cell0', null],
        ['cell1', utf8('new')],
      ],
    }),
  )
  await store.close()

  const again = await open(dir)
  assert.equal(again.head(), { epoch: 2, checkpoint: cidOf('checkpoint 2') })
  assert.equal(again.epochs.get(1), sampleEpoch(1).record)
  assert.equal(
    await collect(again.epochs.range(1, 9)),
    [1, 2].map(epoch => ({ epoch, ...sampleEpoch(epoch).record })),
  )
  assert.equal(await collect(again.epochs.range(2, 2)), [{ epoch: 2, ...sampleEpoch(2).record }])
  assert.is(again.epochs.get(3), undefined)
  const outcome = { epoch: 1, codes: Uint8Array.of(0, 1, 16), settled: [1000] }
  assert.equal(again.outcomes.get(sampleBatch('of 1').batch), outcome)
  assert.equal(await again.outcomes.getMany([cidOf('none'), sampleBatch('of 1').batch]), [undefined, outcome])
  assert.is(again.state.get('cell0'), undefined)
  assert.equal(await again.state.getMany(['cell1', 'cell0', 'cell2']), [utf8('new'), undefined, utf8('cell 1')])
  assert.equal(again.pages.get('page7'), utf8('page 2'))
  assert.equal(again.blocks.get(cidOf('block 1')), utf8('block 1'))
  assert.equal(await collect(again.payouts.all(1)), [utf8('payouts 1.0'), utf8('payouts 1.1')])
  assert.equal(again.payouts.get(2, 1), utf8('payouts 2.1'))
  assert.equal(await collect(again.flows.all(2)), [utf8('flows 2')])
  await again.close()
})

test('an epoch out of order is refused as the bug that it is', async () => {
  const store = await begunStore()
  await rejects(() => store.commitEpoch(sampleEpoch(2)), 'invariant', /out of order/)
  await store.commitEpoch(sampleEpoch(1))
  await rejects(() => store.commitEpoch(sampleEpoch(1)), 'invariant', /out of order/)
  await store.close()
  const empty = await open(tempFolder(), true)
  await rejects(() => empty.commitEpoch(sampleEpoch(1)), 'invariant', /out of order/)
  await empty.close()
})

test('a head whose epoch is missing or another is found when the store opens', async () => {
  for (const [value, problem] of [
    [null, /finalized epoch 1: missing/],
    [sampleEpoch(2), /finalized epoch 1: not what the head names/],
  ] as const) {
    const dir = tempFolder()
    const store = await begunStore(dir)
    await store.commitEpoch(sampleEpoch(1))
    const { checkpoint, certificate, cut } = value?.record ?? sampleEpoch(1).record
    await store.write([{ key: epochKey(1), value: value && encode([checkpoint, certificate, cut]) }], { sync: false })
    await store.close()
    await rejects(() => open(dir), 'store-corrupt', problem)
  }
})

test('cells scan by prefix in byte order, whatever the bytes', async () => {
  const store = await begunStore()
  const cells: [ByteKey, Uint8Array][] = [
    '',
    'a',
    'a\x00',
    'a\x7f',
    'a\x80',
    'a\xff',
    'a\xff\xff',
    'b',
    '\xff',
    '\xff\xff',
  ].map(key => [key, utf8(`at ${key}`)])
  await store.commitEpoch(sampleEpoch(1, { state: cells.toReversed(), pages: [['a', utf8('a page')]] }))
  assert.equal(await collect(store.state.scan()), cells)
  assert.equal(await collect(store.state.scan('a')), cells.slice(1, 7))
  assert.equal(await collect(store.state.scan('a\xff')), cells.slice(5, 7))
  assert.equal(await collect(store.state.scan('\xff')), cells.slice(8))
  assert.equal(await collect(store.state.scan('c')), [])
  await store.close()
})

test('a scan over more than LevelDB hands out at once is complete', async () => {
  const store = await begunStore()
  const cells: [ByteKey, Uint8Array][] = Array.from({ length: 2500 }, (_, i) => [
    `${10_000 + i}`,
    new Uint8Array(1000).fill(i),
  ])
  await store.commitEpoch(sampleEpoch(1, { state: cells }))
  assert.equal(await collect(store.state.scan()), cells)
  await store.close()
})

test('batches come back by CID, with body, size and arrival', async () => {
  const store = await begunStore()
  const [one, two] = [sampleBatch('one', 1, 3), sampleBatch('two', 2, 4)]
  await store.putBatches([one, two], { sync: false })
  const { header, signature, arrival } = one
  assert.equal(store.batches.get(one.batch), { header, signature, arrival, bodyBytes: one.body.length })
  assert.ok(store.batches.has(two.batch))
  assert.not.ok(store.batches.has(cidOf('none')))
  assert.is(store.batches.get(cidOf('none')), undefined)
  assert.equal(store.batches.body(two.batch), two.body)
  assert.is(store.batches.body(cidOf('none')), undefined)
  assert.equal(await store.batches.bodies([two.batch, cidOf('none'), one.batch]), [two.body, undefined, one.body])
  assert.equal((await store.batches.getMany([two.batch]))[0]?.header, two.header)
  await store.close()
})

test('R5: the author index lists forks and pending batches by seq', async () => {
  const store = await begunStore()
  const chain = [sampleBatch('first', 1), sampleBatch('fork a', 2), sampleBatch('fork b', 2), sampleBatch('far', 300)]
  const other = { ...sampleBatch('other', 2), author: new Uint8Array(32).fill(0xa2) }
  await store.putBatches([...chain, other], { sync: true })
  const all = await collect(store.authors.all())
  assert.is(all.length, 5)
  assert.equal(
    all.map(({ seq }) => seq),
    [1, 2, 2, 300, 2],
  )
  assert.is(all[0]?.bytes, chain[0]!.header.length + 64 + chain[0]!.body.length)
  assert.equal(
    (await collect(store.authors.range(author, 2, 299))).map(({ seq }) => seq),
    [2, 2],
  )
  const rivals = (await store.authors.at(author, 2)).map(({ batch }) => batch.toString())
  assert.equal(rivals, [chain[1]!, chain[2]!].map(({ batch }) => batch.toString()).sort())
  await store.close()
})

test('R5: rivals of a final batch are dropped with their bodies, and nothing else is', async () => {
  const store = await begunStore()
  const [first, final, rival] = [sampleBatch('first', 1), sampleBatch('final', 2), sampleBatch('rival', 2)]
  await store.putBatches([first, final, rival], { sync: false })
  const dropped = await store.dropVoid([first, final])
  assert.equal(
    dropped.map(({ batch }) => batch.toString()),
    [rival.batch.toString()],
  )
  assert.is(store.batches.get(rival.batch), undefined)
  assert.equal(
    (await collect(store.authors.all())).map(({ seq }) => seq),
    [1, 2],
  )
  assert.equal(store.batches.body(final.batch), final.body)
  const names = await collect(store.scan())
  assert.not.ok(names.some(({ value }) => value !== undefined && Buffer.from(value).includes('body rival')))
  await store.close()
})

test('R5: a batch with an outcome is never dropped', async () => {
  const store = await begunStore()
  const final = sampleBatch('final')
  await store.putBatches([final, sampleBatch('pending', 1)], { sync: false })
  const outcome = { epoch: 1, codes: Uint8Array.of(0), settled: [] }
  await store.commitEpoch(sampleEpoch(1, { outcomes: [[final.batch, outcome]] }))
  await rejects(async () => store.dropBatches([final]), 'invariant', /R5: a finalized batch/)
  assert.ok(store.batches.has(final.batch))
  await store.close()
})

test('chunks of one epoch are dropped without the others', async () => {
  const store = await begunStore()
  const op = (epoch: number, number: number) => store.snapshots.op(epoch, number, utf8(`${epoch}.${number}`))
  await store.write([op(300, 0), op(300, 1), op(600, 0)], { sync: false })
  await store.snapshots.drop(300)
  assert.equal(await collect(store.snapshots.all(300)), [])
  assert.equal(await collect(store.snapshots.all(600)), [utf8('600.0')])
  await store.close()
})

test('T7: slots are replaced as a whole, and survive a restart', async () => {
  const dir = tempFolder()
  const store = await begunStore(dir)
  await store.agreement.put(utf8('round 0'), { sync: true })
  await store.agreement.put(utf8('round 1'), { sync: true })
  await store.peers.put(utf8('peers'), { sync: false })
  await store.peers.put(null, { sync: false })
  await store.close()
  const again = await open(dir)
  assert.equal(again.agreement.get(), utf8('round 1'))
  assert.is(again.peers.get(), undefined)
  await again.close()
})

test('sync outlives logs that go away meanwhile', async () => {
  const store = await begunStore()
  const write = (n: number) =>
    store.write([{ key: stateKey(`${n}`), value: new Uint8Array(4 << 20).fill(n) }], { sync: false })
  const writes = Array.from({ length: 24 }, (_, n) => write(n))
  while (writes.length > 0) {
    await store.sync()
    await writes.shift()
  }
  assert.is((await collect(store.state.scan())).length, 24)
  await store.close()
})

async function rejects(action: () => Promise<unknown>, code: string, message: RegExp): Promise<LedgerError> {
  try {
    await action()
  } catch (error) {
    assert.ok(error instanceof LedgerError, String(error))
    assert.is(error.code, code)
    assert.match(error.message, message)
    return error
  }
  throw new Error(`expected ${code}`)
}

async function writeRaw(dir: string, key: Uint8Array, value: Uint8Array): Promise<void> {
  const level = new Level<Uint8Array, Uint8Array>(join(dir, 'ledger'), { keyEncoding: 'view', valueEncoding: 'view' })
  await level.put(key, value)
  await level.close()
}
