import * as assert from 'uvu/assert'
import type { BatchBytes } from '../../../consensus/batch.ts'
import { equalBytes } from '../../../consensus/bytes.ts'
import type { Cut } from '../../../consensus/cut.ts'
import type { BatchesRequest } from '../../../network/protocols/batches.ts'
import { RequestError } from '../../../network/request-error.ts'
import { BatchFetcher, type NewestSeqs } from '../../../src/node/batch-fetcher.ts'
import type { MempoolLimits } from '../../../src/node/mempool.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { type Author, Nodes, type Signed } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { quiet } from '../../network/net.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/batch-fetcher')
const nodes = new Nodes({ params: { maxEpochBytes: 4 * 1024 * 1024, bytePrice: 10 } })
const live = new AbortController().signal
const pageMax = 16

/** A peer with batches, or one that answers as it likes. */
type Peer = (request: BatchesRequest) => readonly BatchBytes[]

function serving(author: Author, held: readonly Signed[]): Peer {
  return request => {
    const asked =
      'cids' in request
        ? held.filter(({ cid }) => request.cids.some(wanted => wanted.equals(cid)))
        : held.filter(
            ({ seq }) => equalBytes(author.key.publicKey, request.author) && seq >= request.from && seq <= request.to,
          )
    return asked.slice(0, pageMax).map(({ bytes }) => bytes)
  }
}

class Fetching {
  readonly lone: LoneLedger
  readonly fetcher: BatchFetcher
  readonly asked: [peer: string, how: 'page' | 'names'][] = []
  readonly penalties: string[] = []

  constructor(lone: LoneLedger, peers: Readonly<Record<string, Peer>>) {
    this.lone = lone
    const batches = async (peer: string, request: BatchesRequest): Promise<readonly BatchBytes[]> => {
      this.asked.push([peer, 'cids' in request ? 'names' : 'page'])
      return peers[peer]!(request)
    }
    const network = {
      peers: () => Object.keys(peers).map(id => ({ id })),
      request: { batches },
      penalise: (peer: string, reason: string) => this.penalties.push(`${peer} ${reason}`),
    }
    const { ledger, mempool, ingest } = lone
    this.fetcher = new BatchFetcher({ ledger, mempool, ingest, network: () => network as never, log: quiet })
  }

  complete(cut: Cut, first?: string, ahead?: NewestSeqs): Promise<boolean> {
    return this.fetcher.complete(cut, first, live, ahead)
  }
}

async function fetching(
  peers: Readonly<Record<string, Peer>>,
  body: (fetching: Fetching) => Promise<void>,
  limits: Partial<MempoolLimits> = {},
): Promise<void> {
  const lone = await LoneLedger.open(nodes, tempFolder(), limits)
  await body(new Fetching(lone, peers))
  await lone.close()
}

function chainOf(author: Author, length: number): Signed[] {
  return Array.from({ length }, () => author.transfer())
}

const refused = (promise: Promise<boolean>) =>
  promise.then(
    isComplete => `${isComplete}`,
    (error: Error) => error.message,
  )
const cutOf = (author: Author, { seq, cid }: Signed): Cut => [{ author: author.account, seq, batch: cid }]
const down: Peer = () => {
  throw new RequestError('unreachable', 'batches', 'peer', 'down')
}

test('what is here is asked from nobody', () => {
  const ana = nodes.author('ana')
  const [batch] = chainOf(ana, 1) as [Signed]
  return fetching({ peer: down }, async fetching => {
    await fetching.lone.ingest.take(batch.bytes, { durable: false })
    assert.ok(await fetching.complete(cutOf(ana, batch)))
    assert.ok(await fetching.complete([]))
    assert.equal(fetching.asked, [])
  })
})

test('a long chain comes in pages, oldest first, each from where the one before ended', () => {
  const ana = nodes.author('ana')
  const chain = chainOf(ana, 3 * pageMax + 5)
  return fetching({ peer: serving(ana, chain) }, async fetching => {
    assert.ok(await fetching.complete(cutOf(ana, chain.at(-1)!)))
    assert.equal(fetching.asked, [...new Array(4).fill(['peer', 'page'])])
    assert.is(fetching.lone.mempool.count, chain.length)
  })
})

test('who is ahead of a cut by known epochs brings their batches with the same page', () => {
  const ana = nodes.author('ana')
  const chain = chainOf(ana, pageMax + 4)
  const ahead = new Map([[ana.account, pageMax + 4]])
  return fetching({ peer: serving(ana, chain) }, async fetching => {
    assert.ok(await fetching.complete(cutOf(ana, chain[0]!), undefined, ahead))
    assert.is(fetching.lone.mempool.count, pageMax)
    assert.ok(await fetching.complete(cutOf(ana, chain[pageMax - 1]!), undefined, ahead))
    assert.equal(fetching.asked, [['peer', 'page']])
  })
})

test('of a range it tells whether anything new came, and who is asked too much', () => {
  const ana = nodes.author('ana')
  const chain = chainOf(ana, 3)
  const busy: Peer = () => {
    throw new RequestError('refused', 'batches', 'busy', 'it refuses: busy', { reason: 'busy' })
  }
  return fetching({ peer: serving(ana, chain), busy, down }, async ({ fetcher }) => {
    const from = (peer: string) => fetcher.fetchRange(ana.key.publicKey, 1, 3, peer, live)
    assert.is(await from('busy'), 'busy')
    assert.is(await from('down'), 'nothing')
    assert.is(await from('peer'), 'something')
    assert.is(await from('peer'), 'nothing', 'known')
  })
})

test('a lie about what is ahead keeps no cut from being completed', () => {
  const ana = nodes.author('ana')
  const [first, second] = chainOf(ana, 2) as [Signed, Signed]
  const other = ana.sign(1, null, [{ kind: 'transfer', to: ana.key.publicKey, amount: 7 }])
  const ahead = new Map([[ana.account, Number.MAX_SAFE_INTEGER]])
  return fetching({ peer: serving(ana, [first, second]) }, async fetching => {
    await fetching.lone.ingest.take(other.bytes, { durable: false })
    assert.ok(await fetching.complete(cutOf(ana, first), undefined, ahead))
    assert.ok(await fetching.complete(cutOf(ana, second), undefined, ahead))
  })
})

test('ahead of all cuts a page is fetched at a time, as long as little is held', () => {
  const ana = nodes.author('ana')
  const chain = chainOf(ana, pageMax + 4)
  const ahead = new Map([[ana.account, pageMax + 4]])
  const peers = { peer: serving(ana, chain), empty: serving(ana, []), down }
  return fetching(peers, async ({ fetcher, lone, asked }) => {
    assert.is(await fetcher.fetchAhead(ahead, 'empty', live), 'nothing')
    assert.is(await fetcher.fetchAhead(ahead, 'down', live), 'nothing')
    assert.is(await fetcher.fetchAhead(ahead, 'peer', live), 'something')
    assert.is(lone.mempool.count, pageMax)
    assert.is(await fetcher.fetchAhead(ahead, 'peer', live), 'something')
    assert.is(lone.mempool.count, chain.length)
    assert.is(await fetcher.fetchAhead(ahead, 'peer', live), 'enough')
    assert.is(asked.length, 4)
  })
})

test('so much is held of an author that nothing more is fetched ahead', () => {
  const ana = nodes.author('ana')
  const transfer = { kind: 'transfer', to: ana.key.publicKey, amount: 1, memo: 'x'.repeat(256) } as const
  const chain = Array.from({ length: 9 }, () => ana.write(new Array(1_000).fill(transfer)))
  const ahead = new Map([[ana.account, chain.length]])
  return fetching({ peer: serving(ana, chain) }, async ({ fetcher, lone }) => {
    for (const { bytes } of chain.slice(0, 7)) await lone.ingest.take(bytes, { durable: false })
    assert.ok(lone.mempool.bytes > 2 * 1024 * 1024, `${lone.mempool.bytes}`)
    assert.is(await fetcher.fetchAhead(ahead, 'peer', live), 'enough')
  })
})

test('whoever told of the cut is asked first, the others when that one fails', () => {
  const ana = nodes.author('ana')
  const [batch] = chainOf(ana, 1) as [Signed]
  const peers = { idle: serving(ana, []), broken: down, good: serving(ana, [batch]), spare: down }
  return fetching(peers, async fetching => {
    assert.ok(await fetching.complete(cutOf(ana, batch), 'broken'))
    assert.equal(
      fetching.asked.map(([peer]) => peer),
      ['broken', 'idle', 'good'],
    )
    assert.equal(fetching.penalties, [])
  })
})

test('withheld batches: no peer, no cut, and no endless asking', () => {
  const ana = nodes.author('ana')
  const chain = chainOf(ana, 5)
  return fetching({ a: serving(ana, chain.slice(0, 3)), b: serving(ana, chain.slice(0, 2)) }, async fetching => {
    assert.not(await fetching.complete(cutOf(ana, chain[4]!)))
    assert.ok(fetching.asked.length <= 8, `${fetching.asked.length} requests`)
    assert.equal(
      fetching.fetcher.lacking(cutOf(ana, chain[4]!)).map(({ seq }) => seq),
      [5],
    )
  })
})

test('what is read of a cut that nobody has does not grow with the number of peers', () => {
  const crowd = Array.from({ length: 20 }, (_, i) => nodes.author(`nobody ${i}`))
  const cut = crowd.map(author => cutOf(author, author.transfer())[0]!)
  const peers = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`peer ${i}`, serving(crowd[0]!, [])]))
  return fetching(peers, async ({ fetcher, lone, asked }) => {
    let read = 0
    const account = lone.ledger.account.bind(lone.ledger)
    lone.ledger.account = author => {
      read++
      return account(author)
    }
    assert.not(await fetcher.completeProposed(cut, undefined, live))
    assert.equal([read, asked.length], [cut.length, 16])
  })
})

test('R5: a cut on the other side of a fork is completed by name', () => {
  const ana = nodes.author('ana')
  const record = (amount: number) => [{ kind: 'transfer', to: ana.key.publicKey, amount }] as const
  const [here, there] = [ana.sign(1, null, record(1)), ana.sign(1, null, record(2))]
  const [here2, there2] = [here, there].map(first => ana.sign(2, first.cid, record(3))) as [Signed, Signed]
  return fetching({ peer: serving(ana, [there, there2]) }, async fetching => {
    for (const { bytes } of [here, here2]) await fetching.lone.ingest.take(bytes, { durable: false })
    assert.ok(await fetching.complete(cutOf(ana, there2)))
    assert.ok(fetching.lone.mempool.has(there.cid))
  })
})

test('a full mempool keeps no cut from being completed, and takes in no more than that', () => {
  const ana = nodes.author('ana')
  const chain = chainOf(ana, 4)
  const body = async (fetching: Fetching): Promise<void> => {
    assert.ok(await fetching.complete(cutOf(ana, chain[2]!)))
    assert.is(fetching.lone.mempool.count, 3)
    assert.not(fetching.lone.mempool.has(chain[3]!.cid))
  }
  return fetching({ peer: serving(ana, chain) }, body, { bytesMax: 0 })
})

test('a peer that sends what was not asked for, or no batch, is penalised and gets nothing in', () => {
  const [ana, bo] = [nodes.author('ana'), nodes.author('bo')]
  const [batch] = chainOf(ana, 1) as [Signed]
  const [stranger] = chainOf(bo, 1) as [Signed]
  const peers = {
    pushy: () => [stranger.bytes],
    garbled: () => [{ ...batch.bytes, signature: stranger.bytes.signature }],
  }
  return fetching(peers, async fetching => {
    assert.not(await fetching.complete(cutOf(ana, batch)))
    assert.equal(fetching.penalties, ['pushy batch-unasked', 'garbled batch-signature'])
    assert.is(fetching.lone.mempool.count, 0)
  })
})

test('a chain that no cut may hold is not followed back for ever', () => {
  const ana = nodes.author('ana')
  const memo = 'x'.repeat(250)
  const wide = Array.from(
    { length: 1_000 },
    () => ({ kind: 'transfer', to: ana.key.publicKey, amount: 1, memo }) as const,
  )
  const chain = Array.from({ length: 8 }, () => ana.write(wide))
  const body = async (fetching: Fetching): Promise<void> => {
    assert.not(await fetching.complete(cutOf(ana, chain[7]!)))
    assert.ok(fetching.lone.mempool.count < 6, `${fetching.lone.mempool.count} of 8 batches`)
  }
  return fetching({ peer: serving(ana, chain) }, body, { bytesMax: 0 })
})

test('a cut that is larger than any may be is not fetched whole, however many authors it has', () => {
  const memo = 'x'.repeat(250)
  const crowd = [...'abcdefg'].map(name => nodes.author(name))
  const chains = crowd.map(author => {
    const wide = Array.from(
      { length: 1_000 },
      () => ({ kind: 'transfer', to: author.key.publicKey, amount: 1, memo }) as const,
    )
    return Array.from({ length: 3 }, () => author.write(wide))
  })
  const peer: Peer = request => crowd.flatMap((author, i) => serving(author, chains[i]!)(request))
  const cut = crowd.map((author, i) => cutOf(author, chains[i]!.at(-1)!)[0]!)
  const body = async (fetching: Fetching): Promise<void> => {
    const bytes = chains.flat().length * chains[0]![0]!.bytes.body.length
    assert.ok(bytes > 6 * 1024 * 1024, 'the whole of it is too large')
    assert.not(await fetching.complete(cut))
    assert.ok(fetching.lone.mempool.bytes < 5 * 1024 * 1024, `${fetching.lone.mempool.bytes} bytes`)
  }
  return fetching({ peer }, body, { bytesMax: 0 })
})

/** A batch of some 330 KiB, which no account can have free of charge. */
function fat(author: Author): Signed {
  const transfer = { kind: 'transfer', to: author.key.publicKey, amount: 1, memo: 'x'.repeat(256) } as const
  return author.write(new Array(1_000).fill(transfer))
}

test('a proposed cut of those who can’t pay brings one batch, and is refused; a decided one comes whole', () => {
  const crowd = Array.from({ length: 8 }, (_, i) => nodes.author(`nobody ${i}`))
  const batches = crowd.map(fat)
  const peer: Peer = request => crowd.flatMap((author, i) => serving(author, [batches[i]!])(request))
  const cut = crowd.map((author, i) => cutOf(author, batches[i]!)[0]!)
  const body = async ({ fetcher, lone }: Fetching): Promise<void> => {
    const refusal = await refused(fetcher.completeProposed(cut, undefined, live))
    assert.is(refusal, 'an author cannot pay for its bytes')
    assert.is(lone.mempool.count, 1)
    assert.is(await refused(fetcher.completeProposed(cut, undefined, live)), refusal)
    assert.is(lone.mempool.count, 1, 'what is known to be refused is asked from nobody')
    assert.ok(await fetcher.complete(cut, undefined, live))
    assert.is(lone.mempool.count, batches.length)
  }
  return fetching({ peer }, body, { bytesMax: 0 })
})

test('of a proposed cut no more rides free than may', () => {
  const crowd = Array.from({ length: 50 }, (_, i) => nodes.author(`nobody ${i}`))
  const batches = crowd.map(author =>
    author.write(
      new Array(45).fill({ kind: 'transfer', to: author.key.publicKey, amount: 1, memo: 'x'.repeat(256) } as const),
    ),
  )
  const bytes = batches[0]!.bytes.body.length
  assert.ok(bytes > 12 * 1024 && bytes < 16 * 1024, `${bytes} bytes`)
  const peer: Peer = request => crowd.flatMap((author, i) => serving(author, [batches[i]!])(request))
  const cut = crowd.map((author, i) => cutOf(author, batches[i]!)[0]!)
  const body = async ({ fetcher, lone }: Fetching): Promise<void> => {
    const refusal = await refused(fetcher.completeProposed(cut, undefined, live))
    assert.is(refusal, 'more than an eighth of the cut rides free')
    assert.ok(lone.mempool.bytes <= 512 * 1024 + 16 * 1024, `${lone.mempool.bytes} bytes`)
  }
  return fetching({ peer }, body, { bytesMax: 0 })
})

test('a proposed cut that its authors can pay for goes past the bounds', () => {
  const ana = nodes.author('ana')
  const batch = fat(ana)
  const body = async ({ fetcher, lone }: Fetching): Promise<void> => {
    assert.ok(await fetcher.completeProposed(cutOf(ana, batch), undefined, live))
    assert.ok(lone.mempool.has(batch.cid))
  }
  return fetching({ peer: serving(ana, [batch]) }, body, { bytesMax: 0 })
})

test("a store that fails is nobody's fault", () => {
  const ana = nodes.author('ana')
  const [batch] = chainOf(ana, 1) as [Signed]
  return fetching({ peer: serving(ana, [batch]) }, async fetching => {
    fetching.lone.store.putBatches = () => Promise.reject(new Error('no space left'))
    const error = await fetching.complete(cutOf(ana, batch)).catch((reason: Error) => reason.message)
    assert.is(error, 'no space left')
    assert.equal(fetching.penalties, [])
  })
})
