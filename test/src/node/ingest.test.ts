import * as assert from 'uvu/assert'
import type { BatchBytes } from '../../../consensus/batch.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import { Store } from '../../../src/store/store.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { type Author, Nodes, type Signed } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/ingest')
const nodes = new Nodes()
const elsewhere = new Nodes({ authors: ['zoe'] })

async function opened(body: (lone: LoneLedger, dir: string) => Promise<void>): Promise<void> {
  const dir = tempFolder()
  const lone = await LoneLedger.open(nodes, dir, { authorBytesMax: 4_000, bytesMax: 6_000 })
  await body(lone, dir)
  await lone.close()
}

const gossiped = { durable: false }

async function refusal(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'taken',
    (error: LedgerError) => error.code,
  )
}

test('a batch is proved, indexed and stored; a second time it is known', () =>
  opened(async lone => {
    const { bytes, cid } = nodes.author('ana').transfer()
    const { outcome, batch } = await lone.ingest.take(bytes, { durable: true })
    assert.equal([outcome, `${batch.cid}`], ['added', `${cid}`])
    assert.equal(lone.store.batches.body(cid), bytes.body)
    assert.is((await lone.ingest.take(bytes, gossiped)).outcome, 'known')
    assert.is(lone.mempool.count, 1)
  }))

test('R2, R3, R4: bytes that prove nothing are refused and leave nothing', () =>
  opened(async lone => {
    const { bytes } = nodes.author('ana').transfer()
    const other = nodes.author('bo').transfer('somebody', 2)
    const foreign = elsewhere.author('zoe').transfer()
    const flipped = (part: Uint8Array) => part.map((byte, i) => (i === part.length - 1 ? byte ^ 1 : byte))
    const bad: Record<string, BatchBytes> = {
      'a signature of another': { ...bytes, signature: other.bytes.signature },
      'a broken signature': { ...bytes, signature: flipped(bytes.signature) },
      'a body of another': { ...bytes, body: other.bytes.body },
      'a broken body': { ...bytes, body: flipped(bytes.body) },
      'a broken header': { ...bytes, header: flipped(bytes.header) },
      'another chain': foreign.bytes,
      'no header': { ...bytes, header: Uint8Array.of(0xf6) },
    }
    for (const [what, batch] of Object.entries(bad)) {
      const code = await refusal(lone.ingest.take(batch, gossiped))
      assert.ok(['malformed', 'encoding', 'signature'].includes(code), `${what}: ${code}`)
    }
    assert.equal([lone.mempool.count, lone.failures], [0, []])
    await lone.ingest.take(bytes, gossiped)
    assert.is(await refusal(lone.ingest.take({ ...bytes, signature: other.bytes.signature }, gossiped)), 'signature')
  }))

test('bounds hold for what nobody needs, and not for what a cut wants', () =>
  opened(async lone => {
    const ana = nodes.author('ana')
    const outcomes: string[] = []
    const batches: Signed[] = []
    for (let i = 0; i < 14; i++) {
      batches.push(ana.transfer())
      outcomes.push((await lone.ingest.take(batches[i]!.bytes, gossiped)).outcome)
    }
    const refusedAt = outcomes.indexOf('author-full')
    assert.ok(refusedAt > 3, outcomes.join())
    const bo = nodes.author('bo')
    const others: string[] = []
    for (let i = 0; i < 14; i++) others.push((await lone.ingest.take(bo.transfer().bytes, gossiped)).outcome)
    assert.ok(others.includes('full'), others.join())
    const refused = batches[refusedAt]!
    assert.is(lone.store.batches.get(refused.cid), undefined)
    assert.is((await lone.ingest.take(refused.bytes, { durable: false, wanted: true })).outcome, 'added')
    assert.ok(lone.store.batches.has(refused.cid))
  }))

test('R5: what is final is told apart from what became void', () =>
  opened(async lone => {
    const ana = nodes.author('ana')
    const record = (amount: number) => [{ kind: 'transfer', to: ana.key.publicKey, amount }] as const
    const [winner, loser, late] = [1, 2, 3].map(amount => ana.sign(1, null, record(amount))) as [Signed, Signed, Signed]
    for (const { bytes } of [winner, loser]) await lone.ingest.take(bytes, gossiped)
    const cut = [{ author: ana.account, seq: 1, batch: winner.cid }]
    await lone.ledger.finalize(lone.decided(await lone.value(cut)))
    assert.is((await lone.ingest.take(winner.bytes, gossiped)).outcome, 'final')
    for (const { bytes, cid } of [loser, late]) {
      assert.is((await lone.ingest.take(bytes, gossiped)).outcome, 'void')
      assert.is(lone.store.batches.get(cid), undefined)
    }
  }))

test('R5: a rival that is written only when its place is final is dropped again', () =>
  opened(async lone => {
    const ana = nodes.author('ana')
    const record = (amount: number) => [{ kind: 'transfer', to: ana.key.publicKey, amount }] as const
    const [winner, rival] = [1, 2].map(amount => ana.sign(1, null, record(amount))) as [Signed, Signed]
    await lone.ingest.take(winner.bytes, gossiped)
    const put = lone.store.putBatches.bind(lone.store)
    const isFinal = Promise.withResolvers<void>()
    lone.store.putBatches = async (batches, options) => {
      await isFinal.promise
      await put(batches, options)
    }
    const taken = lone.ingest.take(rival.bytes, gossiped)
    await lone.ledger.finalize(lone.decided(await lone.value([{ author: ana.account, seq: 1, batch: winner.cid }])))
    isFinal.resolve()
    await taken
    assert.is(lone.store.batches.get(rival.cid), undefined)
    assert.ok(lone.store.batches.has(winner.cid))
    assert.is(lone.mempool.count, 0)
  }))

test('who waits together is synced together, and nobody is answered before', () =>
  opened(async lone => {
    const put = lone.store.putBatches.bind(lone.store)
    const writes: [count: number, sync: boolean][] = []
    const first = Promise.withResolvers<void>()
    let written = 0
    lone.store.putBatches = async (batches, options) => {
      writes.push([batches.length, options.sync])
      if (writes.length === 1) await first.promise
      await put(batches, options)
      written += batches.length
    }
    const ana = nodes.author('ana')
    const taken = [false, false, true, false].map((durable, i) => {
      const { bytes } = ana.transfer()
      return lone.ingest.take(bytes, { durable }).then(() => assert.ok(written > i, 'answered before it was written'))
    })
    const again = nodes.author('ana').transfer()
    let known = false
    const second = lone.ingest.take(again.bytes, { durable: true }).then(({ outcome }) => {
      known = true
      return outcome
    })
    await new Promise(resolve => setTimeout(resolve, 20))
    let isWritten = false
    const all = lone.ingest.written().then(() => {
      isWritten = true
    })
    assert.not(known, 'a batch under way is not yet there')
    assert.is(lone.ingest.stored(again.cid), undefined)
    assert.not(isWritten, 'what is proposed must be here')
    first.resolve()
    await Promise.all(taken)
    assert.is(await second, 'known')
    await all
    assert.ok(lone.ingest.stored(again.cid))
    assert.equal(writes, [
      [1, false],
      [3, true],
    ])
  }))

test('a store that takes no more is fatal, and whoever waits is told', () =>
  opened(async lone => {
    lone.store.putBatches = () => Promise.reject(new Error('no space left'))
    const { bytes } = nodes.author('ana').transfer()
    const error = await lone.ingest.take(bytes, { durable: true }).catch((reason: Error) => reason.message)
    assert.is(error, 'no space left')
    assert.equal(
      lone.failures.map(({ message }) => message),
      ['no space left'],
    )
  }))

test('after a restart what is pending is pending again, in its order, and what is final is not', async () => {
  const dir = tempFolder()
  const lone = await LoneLedger.open(nodes, dir)
  const [ana, bo] = [nodes.author('ana'), nodes.author('bo')]
  const first = ana.transfer()
  await lone.ingest.take(first.bytes, gossiped)
  await lone.ledger.finalize(lone.decided(await lone.value([{ author: ana.account, seq: 1, batch: first.cid }])))
  for (const author of [ana, ana, bo]) await lone.ingest.take(author.transfer().bytes, { durable: true })
  await lone.close()
  const again = await LoneLedger.open(nodes, dir)
  assert.is(again.mempool.count, 3)
  assert.equal(
    again.mempool.branch(ana.account, again.ledger.account(ana.account)).map(({ seq }) => seq),
    [2, 3],
  )
  await again.close()
  const store = await Store.open(dir, { create: false, multithreading: false })
  assert.is(store.head()?.epoch, 1)
  await store.close()
})

test('what follows a gap, or its author can’t pay for, has little room; what pays has all', async () => {
  const dear = new Nodes({ params: { bytePrice: 1_000_000 } })
  const lone = await LoneLedger.open(dear, tempFolder(), { bytesMax: 8 * 700 })
  const [ana, bo, poor] = ['ana', 'bo', 'poor'].map(name => dear.author(name)) as [Author, Author, Author]
  const taken = async ({ bytes }: Signed) => (await lone.ingest.take(bytes, gossiped)).outcome
  const [first, second, third] = [ana.transfer(), ana.transfer(), ana.transfer()]
  assert.is(await taken(second), 'added')
  assert.is(await taken(third), 'full')
  assert.is(await taken(poor.transfer()), 'full')
  assert.is(await taken(bo.transfer()), 'added')
  assert.is(await taken(first), 'added')
  assert.is(await taken(third), 'added', 'nothing is missing before it any more')
  await lone.close()
})

test('T4: what a cut wanted stays, over a restart too, until its epoch is final; then what has no room goes, from the disk too', async () => {
  const dir = tempFolder()
  const bounds = { bytesMax: 6_000 }
  const dear = new Nodes({ params: { bytePrice: 10 } })
  const lone = await LoneLedger.open(dear, dir, bounds)
  const [ana, bo] = [dear.author('ana'), dear.author('bo')]
  const nobodies = Array.from({ length: 20 }, (_, i) => dear.author(`nobody ${i}`).transfer())
  const [paid, late] = [ana.transfer(), bo.transfer()]
  for (const { bytes } of [paid, ...nobodies]) await lone.ingest.take(bytes, { durable: true, wanted: true })
  assert.is((await lone.ingest.take(late.bytes, gossiped)).outcome, 'full')
  await lone.close()

  const again = await LoneLedger.open(dear, dir, bounds)
  assert.is(again.mempool.count, 21)
  await again.ledger.finalize(again.decided(await again.value([])))
  const kept = nobodies.filter(({ cid }) => again.mempool.has(cid))
  assert.ok(kept.length > 0 && kept.length < 4, `${kept.length} of those who can't pay`)
  assert.ok(again.mempool.has(paid.cid))
  assert.is((await again.ingest.take(late.bytes, { durable: true })).outcome, 'added')
  assert.equal(
    nobodies.map(({ cid }) => again.store.batches.has(cid)),
    nobodies.map(({ cid }) => again.mempool.has(cid)),
  )
  assert.equal(again.failures, [])
  await again.close()
})

test('a batch that comes again while it is being dropped is there afterwards', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder(), { bytesMax: 0 })
  const { bytes, cid } = nodes.author('nobody').transfer()
  const wanted = { durable: false, wanted: true }
  await lone.ingest.take(bytes, wanted)
  const drop = lone.store.dropBatches.bind(lone.store)
  const gate = Promise.withResolvers<void>()
  lone.store.dropBatches = async places => {
    if (places.length > 0) await gate.promise
    await drop(places)
  }
  await lone.ledger.finalize(lone.decided(await lone.value([])))
  assert.not(lone.mempool.has(cid))
  const taken = lone.ingest.take(bytes, wanted)
  await new Promise(resolve => setTimeout(resolve, 20))
  assert.is(lone.ingest.stored(cid), undefined, 'nobody votes for what is still to be written')
  gate.resolve()
  assert.is((await taken).outcome, 'added')
  assert.equal(lone.store.batches.body(cid), bytes.body)
  assert.ok(lone.ingest.stored(cid))
  await lone.close()
})
