import * as assert from 'uvu/assert'
import { MalformedError } from '../../consensus/errors.ts'
import { AddressBook, peerOfAddr } from '../../network/address-book.ts'
import { knownFailuresMax, knownPeersMax, redialMaxMs } from '../../network/limits.ts'
import { peerKey } from '../../network/peer-key.ts'
import { suite } from '../harness.ts'

const test = suite('network/address-book')
const peers: string[] = []
for (let i = 0; i < 3; i++) peers.push((await peerKey(new Uint8Array(32).fill(i + 1))).peer)
const [self, one, two] = peers as [string, string, string]
const nobody = () => false

test('takes TCP addresses with a peer, and nothing else', () => {
  assert.is(peerOfAddr(`/ip4/10.0.0.1/tcp/8649/p2p/${one}`), one)
  assert.is(peerOfAddr(`/dns4/node.example/tcp/1/p2p/${one}`), one)
  const refused = [
    '',
    'node.example:8649',
    '/ip4/10.0.0.1/tcp/8649',
    `/ip4/10.0.0.1/tcp/0/p2p/${one}`,
    `/ip4/10.0.0.1/udp/8649/p2p/${one}`,
    `/unix/%2Frun%2Fsecret.sock/p2p/${one}`,
    `/ip4/10.0.0.1/tcp/1/p2p/${one}/p2p-circuit/p2p/${two}`,
    `/dns4/${'a'.repeat(300)}/tcp/1/p2p/${one}`,
  ]
  for (const addr of refused)
    assert.throws(
      () => peerOfAddr(addr),
      (error: unknown) => error instanceof MalformedError,
      addr,
    )
})

test('a failing peer is tried less and less often, a bootstrap peer for ever', () => {
  const book = new AddressBook(self)
  book.addBootstrap(`/ip4/127.0.0.1/tcp/1/p2p/${one}`)
  book.add(`/ip4/127.0.0.1/tcp/2/p2p/${two}`)
  assert.equal(book.due(0, nobody), { bootstrap: [one], spare: [two] })
  book.failed(one, 0, 1)
  assert.equal(book.due(0, nobody), { bootstrap: [], spare: [two] })
  for (let i = 0; i < 50; i++) book.failed(one, 0, 1)
  assert.equal(book.due(redialMaxMs - 1, nobody).bootstrap, [])
  assert.equal(book.due(redialMaxMs, nobody).bootstrap, [one], 'the backoff is capped')
  for (let i = 0; i < knownFailuresMax; i++) book.failed(two, 0, 1)
  assert.equal(book.due(Number.MAX_SAFE_INTEGER, nobody).spare, [], 'forgotten')
  book.succeeded(one)
  assert.equal(book.due(0, nobody).bootstrap, [one])
  assert.equal(book.due(0, peer => peer === one).bootstrap, [], 'connected')
})

test('T8: whoever was reached once is dialled every few seconds, however long it was out of reach', () => {
  const book = new AddressBook(self)
  book.add(`/ip4/127.0.0.1/tcp/1/p2p/${one}`)
  book.succeeded(one)
  for (let i = 0; i < 1_000; i++) book.failed(one, 0, 1)
  assert.equal(book.due(5_000, nobody).spare, [one])
})

test('of the peers to be dialled, those that failed least come first', () => {
  const book = new AddressBook(self)
  book.add(`/ip4/127.0.0.1/tcp/1/p2p/${one}`)
  book.add(`/ip4/127.0.0.1/tcp/2/p2p/${two}`)
  book.failed(one, 0, 0)
  assert.equal(book.due(redialMaxMs, nobody).spare, [two, one])
})

test('a peer cannot move a bootstrap peer, nor make the node dial itself', () => {
  const book = new AddressBook(self)
  book.addBootstrap(`/ip4/127.0.0.1/tcp/1/p2p/${one}`)
  book.add(`/ip4/6.6.6.6/tcp/1/p2p/${one}`)
  book.add(`/ip4/127.0.0.1/tcp/3/p2p/${self}`)
  assert.equal(book.addrsOf(one), [`/ip4/127.0.0.1/tcp/1/p2p/${one}`])
  assert.equal(book.addrsOf(self), [])
})

test('what others tell of a peer can neither push out nor precede what it said itself', () => {
  const book = new AddressBook(self)
  const own = [2, 1].map(port => `/ip4/10.0.0.1/tcp/${port}/p2p/${one}`)
  for (const addr of own.toReversed()) book.addOwn(one, addr)
  for (let port = 1; port <= 8; port++) book.addHearsay(`/ip4/6.6.6.6/tcp/${port}/p2p/${one}`)
  assert.equal(book.addrsOf(one), own)
  assert.equal(book.dialAddrsOf(one), own)
  assert.equal(book.known(), own.slice(0, 1))
})

test('nobody is heard that speaks for another peer', () => {
  const book = new AddressBook(self)
  const own = `/ip4/10.0.0.1/tcp/1/p2p/${one}`
  book.addOwn(one, own)
  for (let port = 1; port <= 8; port++) book.addOwn(two, `/ip4/6.6.6.6/tcp/${port}/p2p/${one}`)
  assert.equal(book.dialAddrsOf(one), [own])
  assert.equal(book.addrsOf(two), [])
})

test('a peer that moved is dialled where others see it, in turn with where it was', () => {
  const book = new AddressBook(self)
  const [before, now] = [`/ip4/10.0.0.1/tcp/1/p2p/${one}`, `/ip4/10.0.0.2/tcp/1/p2p/${one}`]
  book.addHearsay(now)
  assert.equal(book.dialAddrsOf(one), [now], 'all that is known')
  book.addOwn(one, before)
  const dialled: (readonly string[])[] = []
  for (let i = 0; i < 3; i++) {
    dialled.push(book.dialAddrsOf(one))
    book.failed(one, 0, 1)
  }
  assert.equal(dialled, [[before], [now], [before]])
  book.add(now)
  assert.equal(book.addrsOf(one), [now, before], 'it was there')
})

test('is bounded', async () => {
  const book = new AddressBook(self)
  for (let port = 1; port <= 100; port++) book.add(`/ip4/10.0.0.1/tcp/${port}/p2p/${one}`)
  for (let port = 1; port <= 100; port++) book.addHearsay(`/ip4/10.0.0.9/tcp/${port}/p2p/${one}`)
  assert.ok(book.addrsOf(one).length <= 4)
  book.failed(one, 0, 1)
  assert.is(book.dialAddrsOf(one).length, 4)
  book.succeeded(one)
  const seed = new Uint8Array(32)
  const addrs: string[] = []
  for (let i = 0; i < knownPeersMax + 5; i++) {
    seed.set([9, i & 255, i >> 8])
    addrs.push(`/ip4/10.0.0.2/tcp/1/p2p/${(await peerKey(seed)).peer}`)
  }
  for (const addr of addrs) book.add(addr)
  assert.is(book.known().length, knownPeersMax)
  const late = `/ip4/10.0.0.3/tcp/1/p2p/${two}`
  book.add(late)
  assert.equal(book.addrsOf(two), [], 'full')
  book.succeeded(one)
  for (let i = 0; i < knownFailuresMax; i++) book.failed(one, 0, 1)
  book.add(late)
  assert.equal(book.addrsOf(one), [], 'gone for long, and its room is wanted')
  assert.equal(book.addrsOf(two), [late])
})
