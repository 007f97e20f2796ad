import * as assert from 'uvu/assert'
import { type ByteKey, equalBytes } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { stateRoot } from '../../../consensus/merkle/state-tree.ts'
import { type StateRequest, stateChunk } from '../../../network/protocols/state.ts'
import { RequestError } from '../../../network/request-error.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { CoveredPaths } from '../../../src/join/covered-paths.ts'
import { encodeProgress, readProgress } from '../../../src/join/join-progress.ts'
import type { FetchedState } from '../../../src/join/join-step.ts'
import { StateFetch } from '../../../src/join/state-fetch.ts'
import { type LightNetwork, LightPeers } from '../../../src/light/light-peers.ts'
import { chunkWith, readIndex } from '../../../src/snapshots/snapshot-index.ts'
import { writeSnapshot } from '../../../src/snapshots/snapshot-writer.ts'
import { Store } from '../../../src/store/store.ts'
import { buildSampleLedger } from '../../fixtures/sample-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('join/state-fetch')
const { store } = await buildSampleLedger(tempFolder())
const { epoch, checkpoint } = store.head()!
const root = stateRoot(crypto, store.pages)
const silent = { debug() {}, info() {}, warn() {}, error() {} }

const view = await store.view()
const signal = new AbortController().signal
const size = await writeSnapshot({ store, crypto, view, signal, chunkBytes: 500, sortedMax: 50 })
await view.close()
test.after(() => store.close())

/** What a peer answers with, instead of the chunk. */
type Answer = (chunk: Uint8Array, request: StateRequest) => Uint8Array[]

const honest: Answer = chunk => [chunk]

interface Asked {
  readonly peer: string
  readonly path: Uint8Array
}

/** Peers that serve the snapshot, each in its way. */
async function peersOf(answers: Readonly<Record<string, Answer>>, asked: Asked[] = []): Promise<LightPeers> {
  const state = async (peer: string, request: StateRequest): Promise<Uint8Array[]> => {
    asked.push({ peer, path: request.path })
    await new Promise(resolve => setImmediate(resolve))
    const index = readIndex(store, request.epoch)
    if (index === undefined) return []
    return answers[peer]!(store.snapshots.get(request.epoch, chunkWith(index, request.path))!, request)
  }
  const network = {
    connect: async (addr: string) => addr,
    drop: () => {},
    request: { state, peers: async () => [] },
  } as unknown as LightNetwork
  return await LightPeers.connect(network, Object.keys(answers), signal)
}

async function newStore(): Promise<Store> {
  return await Store.open(tempFolder(), { create: true, multithreading: false })
}

function fetchInto(target: Store, peers: LightPeers, stop = signal, told: FetchedState[] = []): StateFetch {
  const progress = readProgress(target) ?? { chain: checkpoint, epoch, checkpoint, covered: new CoveredPaths() }
  const serving = peers.all
  return new StateFetch({
    store: target,
    crypto,
    peers,
    serving,
    progress,
    stateRoot: root,
    log: silent,
    signal: stop,
    onProgress: fetched => told.push(fetched),
  })
}

async function cellsOf(of: Store): Promise<Map<ByteKey, string>> {
  const cells = new Map<ByteKey, string>()
  for await (const [key, value] of of.state.scan()) cells.set(key, `${value}`)
  for await (const [key, value] of of.pages.scan()) cells.set(`page ${key}`, `${value}`)
  return cells
}

const failure = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  )

test('a state comes in chunks from all who serve it, and is the same to the page', async () => {
  assert.ok(size.chunks > 10, `${size.chunks}`)
  const asked: Asked[] = []
  const target = await newStore()
  await fetchInto(target, await peersOf({ ana: honest, bo: honest, cy: honest }, asked)).run()
  assert.equal(await cellsOf(target), await cellsOf(store))
  assert.is(new Set(asked.map(({ peer }) => peer)).size, 3)
  await target.close()
})

test('how far it is, is told at the beginning and with each chunk, up to the whole', async () => {
  const all: FetchedState[] = []
  const target = await newStore()
  await fetchInto(target, await peersOf({ ana: honest }), signal, all).run()
  // On a slow machine also between chunks.
  const told = all.filter(({ chunks }, i) => i === 0 || chunks > all[i - 1]!.chunks)
  assert.is(told.length, 1 + told.at(-1)!.chunks)
  assert.equal([told[0]!.share, told[0]!.secondsLeft, told[0]!.bytes], [0, null, 0])
  // Where two lanes meet, the last chunk between them may bring next to nothing.
  for (const [i, { share, bytes }] of told.entries())
    if (i > 0) assert.ok(share >= told[i - 1]!.share && bytes >= told[i - 1]!.bytes)
  assert.ok(told.at(-1)!.bytes > told[1]!.bytes)
  assert.ok(told[1]!.secondsLeft! >= 0)
  assert.equal([told.at(-1)!.share, told.at(-1)!.secondsLeft], [1, 0])
  await target.close()
})

const lies: Readonly<Record<string, Answer>> = {
  nothing: () => [],
  rubbish: () => [Uint8Array.of(1, 2, 3)],
  'a byte changed': bytes => {
    const copy = bytes.slice()
    copy[copy.length >> 1]! ^= 1
    return [copy]
  },
  'a cell changed': bytes => {
    const chunk = stateChunk.decode(bytes)
    const cells = chunk.cells.map(([key, value], i) => [key, i === 0 ? Uint8Array.of(...value, 0) : value] as const)
    return [stateChunk.encode({ ...chunk, cells })]
  },
  'a cell left out': bytes => {
    const chunk = stateChunk.decode(bytes)
    return [stateChunk.encode({ ...chunk, cells: chunk.cells.slice(1) })]
  },
  'another chunk': () => [store.snapshots.get(epoch, 2)!],
  'a wider range': bytes => {
    const chunk = stateChunk.decode(bytes)
    return [stateChunk.encode({ ...chunk, to: new Uint8Array(32).fill(0xff) })]
  },
}

for (const [lie, answer] of Object.entries(lies)) {
  test(`a peer that gives ${lie} is found out, and the others serve`, async () => {
    const target = await newStore()
    const peers = await peersOf({ liar: answer, ana: honest })
    await fetchInto(target, peers).run()
    assert.ok(equalBytes(stateRoot(crypto, target.pages), root))
    // Who merely hasn't it stays; it may be behind.
    if (lie !== 'nothing') assert.not(peers.all.includes('liar'), lie)
    assert.ok(peers.failures.some(({ peer }) => peer === 'liar'))
    await target.close()
  })
}

test('a peer that breaks off in the middle costs nothing that is here already', async () => {
  const target = await newStore()
  let served = 0
  const tired: Answer = (chunk, { epoch: of }) => {
    if (++served > 4) throw new RequestError('broken-off', 'state', 'tired', `epoch ${of}`)
    return [chunk]
  }
  const first: Asked[] = []
  assert.is(await failure(fetchInto(target, await peersOf({ tired }, first)).run()), 'no-peer')
  const { covered } = readProgress(target)!
  assert.ok(covered.share > 0 && !covered.isWhole)
  const here = await cellsOf(target)
  assert.ok(here.size > 0)
  const asked: Asked[] = []
  await fetchInto(target, await peersOf({ ana: honest }, asked)).run()
  for (const { path } of asked) assert.equal(covered.firstGap({ from: path, to: path }), path, 'asked for once more')
  assert.equal(await cellsOf(target), await cellsOf(store))
  await target.close()
})

test('killed at any moment, a join goes on where it was', async () => {
  const dir = tempFolder()
  let rounds = 0
  for (let isDone = false; !isDone; rounds++) {
    const target = await Store.open(dir, { create: true, multithreading: false })
    const stop = new AbortController()
    let served = 0
    const killing: Answer = chunk => {
      if (++served > 3) stop.abort(new Error('killed'))
      return [chunk]
    }
    const end = await failure(fetchInto(target, await peersOf({ killing }), stop.signal).run())
    isDone = end === 'none'
    if (!isDone) assert.is(end, 'killed')
    await target.close()
    assert.ok(rounds < 50)
  }
  assert.ok(rounds > 2, `${rounds}`)
  const target = await Store.open(dir, { create: false, multithreading: false })
  assert.equal(await cellsOf(target), await cellsOf(store))
  await target.close()
})

test('a note of progress reads back', async () => {
  const target = await newStore()
  const chain = Cid.of(crypto, Uint8Array.of(0xf6))
  const covered = new CoveredPaths([{ from: new Uint8Array(32), to: new Uint8Array(32).fill(7) }])
  await target.join.put(encodeProgress({ chain, epoch: 300, checkpoint, covered }), { sync: false })
  const read = readProgress(target)!
  assert.is(read.epoch, 300)
  assert.is(`${read.chain} ${read.checkpoint}`, `${chain} ${checkpoint}`)
  assert.equal(read.covered.encode(), covered.encode())
  await target.close()
})

test('where no chunk comes, how far it is is told nevertheless', async () => {
  const target = await newStore()
  const told: FetchedState[] = []
  const stop = new AbortController()
  const state = (_peer: string, _request: StateRequest, ending: AbortSignal) =>
    new Promise<never>((_, reject) => ending.addEventListener('abort', () => reject(ending.reason)))
  const silent = { state, peers: async () => [] }
  const network = { connect: async (addr: string) => addr, drop: () => {}, request: silent } as unknown as LightNetwork
  const peers = await LightPeers.connect(network, ['mute'], stop.signal)
  const fetching = failure(fetchInto(target, peers, stop.signal, told).run())
  while (told.length < 2) await new Promise(resolve => setTimeout(resolve, 50))
  stop.abort()
  await fetching
  assert.is(told[1]!.chunks, 0)
  await target.close()
})
