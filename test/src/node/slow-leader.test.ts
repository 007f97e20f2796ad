import * as assert from 'uvu/assert'
import type { Network } from '../../../network/network.ts'
import type { CheckpointFrame } from '../../../network/protocols/checkpoints.ts'
import { type Clock, systemClock } from '../../../src/node/clock.ts'
import type { Ledger } from '../../../src/node/ledger.ts'
import { PeerPaces } from '../../../src/node/peer-paces.ts'
import { Sync } from '../../../src/node/sync.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { quiet } from '../../network/net.ts'

const test = suite('node/slow-leader')
const nodes = new Nodes({ validators: 4, params: { epochMs: 2_000 } })
const epochs = 12
const slowMs = 20_000
const boast = 10 ** 12

function syncOf(ledger: Ledger, network: Network, clock: Clock = systemClock): Sync {
  return new Sync({
    ledger,
    fetcher: { complete: async () => true, lacking: () => [], fetchAhead: async () => 'enough' as const },
    network: () => network,
    onFatal: error => assert.unreachable(error.message),
    log: quiet,
    haltAfter: () => Number.MAX_SAFE_INTEGER,
    clock,
  })
}

async function seesNoMore(sync: Sync): Promise<void> {
  await nodes.until('it has seen that there is no more', () => {
    sync.poke()
    return !sync.isBehind
  })
}

test('a peer that boasts and gives an epoch now and then holds nobody back who has another one', async () => {
  const own = await LoneLedger.open(nodes, nodes.dir('own'))
  const other = await LoneLedger.open(nodes, nodes.dir('other'))
  for (let epoch = 1; epoch <= epochs; epoch++)
    await other.ledger.finalize(other.decided(await other.value([], { time: 10_000 * epoch })))
  const frames: CheckpointFrame[] = []
  for await (const { checkpoint, certificate, cut } of other.store.epochs.range(1, epochs))
    frames.push({ checkpoint, certificate, cut })

  let lateMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + lateMs }
  const asked: string[] = []
  const network = {
    peers: () => [{ id: 'slow' }, { id: 'quick' }],
    penalise: () => assert.unreachable('nobody gave anything false'),
    request: {
      status: async (peer: string) => {
        const epoch = peer === 'slow' ? boast : epochs
        return { chain: nodes.chain, epoch, checkpoint: other.ledger.head.cid }
      },
      checkpoints: async (peer: string, { from, to }: { from: number; to: number }) => {
        asked.push(peer)
        if (peer === 'slow') lateMs += slowMs
        return frames.slice(from - 1, peer === 'slow' ? from + 1 : to)
      },
    },
  } as unknown as Network
  const sync = syncOf(own.ledger, network, clock)
  sync.poke()
  await nodes.until('it has all', () => own.ledger.head.epoch === epochs)
  const [first] = asked
  assert.is(first, 'slow', 'who says that it is farthest is followed first, once')
  const before = asked.indexOf('quick')
  assert.ok(before <= 4, `${before} pages of the slow one came first`)

  // What it says that it has and shows to nobody doesn't count.
  await seesNoMore(sync)
  await sync.stop()
  await own.close()
  await other.close()
})

test('in a network that has decided nothing yet, a boast does not count either', async () => {
  const own = await LoneLedger.open(nodes, nodes.dir('fresh'))
  const { cid: checkpoint } = own.ledger.head
  const network = {
    peers: () => [{ id: 'boaster' }, { id: 'honest' }],
    penalise: () => assert.unreachable('nobody gave anything false'),
    request: {
      status: async (peer: string) => ({ chain: nodes.chain, epoch: peer === 'boaster' ? boast : 0, checkpoint }),
      checkpoints: async () => [],
    },
  } as unknown as Network
  const sync = syncOf(own.ledger, network)
  sync.poke()
  await nodes.until('it heard of more', () => sync.isBehind)
  await seesNoMore(sync)
  await sync.stop()
  await own.close()
})

test('quick ones first, the quickest of them before the others, then unknown ones, then slow ones; who left is forgotten', () => {
  const paces = new PeerPaces()
  const leaders = ['slow', 'idle', 'unknown', 'farther', 'quick', 'quickest'].map(peer => ({
    peer,
    epoch: peer === 'farther' ? 200 : 100,
  }))
  const peers = leaders.map(({ peer }) => peer)
  const order = () => paces.inOrder(leaders, peers, 1_000).map(({ peer }) => peer)
  paces.note('slow', 1, 10_000)
  paces.note('idle', 0, 10)
  paces.note('quick', 10, 1_000)
  paces.note('quickest', 100, 1_000)
  assert.equal(order(), ['quickest', 'quick', 'farther', 'unknown', 'slow', 'idle'])
  assert.equal(
    peers.filter(peer => paces.showedNothing(peer)),
    ['idle'],
  )
  paces.inOrder([], ['quick'], 1_000)
  assert.equal(order(), ['quick', 'farther', 'slow', 'idle', 'unknown', 'quickest'])
})
