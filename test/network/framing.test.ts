import { noise } from '@chainsafe/libp2p-noise'
import type { Libp2p, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import * as assert from 'uvu/assert'
import { MalformedError } from '../../consensus/errors.ts'
import { CutShortError, FrameReader, writeFrame } from '../../network/framing.ts'
import { suite } from '../harness.ts'

const test = suite('network/framing')
const protocol = '/frames/1'
const never = new AbortController().signal
const nodes: Libp2p[] = []

async function node(): Promise<Libp2p> {
  const libp2p = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  })
  nodes.push(libp2p)
  return libp2p
}

/** The two ends of a real stream. */
async function pair(): Promise<[writer: Stream, reader: Stream]> {
  const [left, right] = [nodes[0]!, nodes[1]!]
  const incoming = Promise.withResolvers<Stream>()
  await right.handle(protocol, stream => incoming.resolve(stream), { force: true })
  const outgoing = await left.dialProtocol(right.getMultiaddrs(), protocol)
  return [outgoing, await incoming.promise]
}

test.before(async () => {
  await node()
  await node()
})
test.after(async () => {
  await Promise.all(nodes.map(libp2p => libp2p.stop()))
})

async function thrown(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    error => error,
  )
}

test('frames come whole and in order, however they were cut', async () => {
  const [writer, end] = await pair()
  const reader = new FrameReader(end, 1_000)
  for (const byte of [0, 0, 0, 3, 1, 2, 3]) writer.send(Uint8Array.of(byte))
  writer.send(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0))
  writer.send(Uint8Array.of(0, 2, 7, 8))
  await writer.close()
  assert.equal(await reader.next(10, never), Uint8Array.of(1, 2, 3))
  assert.equal(await reader.next(10, never), new Uint8Array(0))
  assert.equal(await reader.next(10, never), Uint8Array.of(9))
  assert.equal(await reader.next(2, never), Uint8Array.of(7, 8))
  assert.is(await reader.next(10, never), undefined)
  assert.is(await reader.next(10, never), undefined)
})

test('what was sent before the reader came is not lost', async () => {
  const [writer, end] = await pair()
  await writeFrame(writer, Uint8Array.of(1, 2), never)
  await writer.close()
  await new Promise(resolve => setTimeout(resolve, 30))
  const reader = new FrameReader(end, 100)
  assert.equal(await reader.next(10, never), Uint8Array.of(1, 2))
  assert.is(await reader.next(10, never), undefined)
})

test('a large frame passes through full buffers', async () => {
  const [writer, end] = await pair()
  const reader = new FrameReader(end, 9_000_000)
  const large = Uint8Array.from({ length: 8_000_000 }, (_, i) => i % 251)
  const [read] = await Promise.all([reader.next(8_000_000, never), writeFrame(writer, large, never)])
  assert.equal(read, large)
})

test('a frame above its bound, a stream above its bound and a frame cut short are told apart', async () => {
  const [long, longEnd] = await pair()
  long.send(Uint8Array.of(0, 0, 0, 11))
  assert.instance(await thrown(new FrameReader(longEnd, 100).next(10, never)), MalformedError)

  const [much, muchEnd] = await pair()
  const reader = new FrameReader(muchEnd, 100)
  much.send(new Uint8Array(101))
  await new Promise(resolve => setTimeout(resolve, 30))
  const error = await thrown(reader.next(10, never).then(() => reader.next(10, never)))
  assert.instance(error, MalformedError)
  assert.is(muchEnd.status, 'aborted')

  const [short, shortEnd] = await pair()
  short.send(Uint8Array.of(0, 0, 0, 9, 1))
  await short.close()
  assert.instance(await thrown(new FrameReader(shortEnd, 100).next(10, never)), CutShortError)
})

test('waiting ends with the signal, and with the stream', async () => {
  const [, end] = await pair()
  const controller = new AbortController()
  const waiting = thrown(new FrameReader(end, 100).next(10, controller.signal))
  controller.abort(new Error('enough'))
  assert.is(((await waiting) as Error).message, 'enough')

  const [writer, other] = await pair()
  const broken = thrown(new FrameReader(other, 100).next(10, never))
  writer.abort(new Error('on purpose'))
  assert.instance(await broken, Error)
})
