import { cpSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { type Certificate, decodeCertificate, encodeCertificate } from '../../../consensus/agreement/certificate.ts'
import { messageBytes } from '../../../consensus/agreement/message.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import { decodeGenesis } from '../../../consensus/genesis.ts'
import { checkpointsLimits, checkpointsPageMax } from '../../../network/limits.ts'
import type { Network } from '../../../network/network.ts'
import type { CheckpointFrame } from '../../../network/protocols/checkpoints.ts'
import type { Status } from '../../../network/protocols/status.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { EngineError } from '../../../src/engine/engine-client.ts'
import type { ExecuteOrder } from '../../../src/engine/executed-epoch.ts'
import { systemClock } from '../../../src/node/clock.ts'
import { Ledger } from '../../../src/node/ledger.ts'
import type { Node } from '../../../src/node/node.ts'
import { Sync } from '../../../src/node/sync.ts'
import { finalBatches } from '../../../src/query/final-batches.ts'
import { epochOp } from '../../../src/store/epochs.ts'
import { Store } from '../../../src/store/store.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes, voteKeyOf } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { handlers, quiet, start, stopAll } from '../../network/net.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/sync')
const status: Status = {
  chain: Cid.fromDigest(new Uint8Array(32)),
  epoch: 0,
  checkpoint: Cid.fromDigest(new Uint8Array(32)),
  role: 'full',
  agent: 'test',
}
const nodes = new Nodes({ validators: 1, params: { epochMs: 100 } })
const ana = nodes.author('ana')
const epochs = checkpointsPageMax + 4
let validator: Node

test.before(async () => {
  validator = await nodes.start('val0')
})
test.after(async () => {
  await stopAll()
  await nodes.stopAll()
})

/** What the validator has, served by a peer that changes it at will. */
async function mirror(change: (frame: CheckpointFrame, index: number) => CheckpointFrame): Promise<Network> {
  const frames: CheckpointFrame[] = []
  for await (const { checkpoint, certificate, cut } of validator.store.epochs.range(1, validator.ledger.head.epoch))
    frames.push({ checkpoint, certificate, cut })
  return start({
    chain: nodes.chain,
    handlers: {
      ...handlers(),
      status: () => ({ ...status, chain: nodes.chain, epoch: frames.length }),
      *checkpoints({ from, to }) {
        for (const [i, frame] of frames.entries()) if (i + 1 >= from && i + 1 <= to) yield change(frame, i)
      },
      outcomes: ({ epoch }) => digestsOf(epoch),
      *batches(request) {
        if (!('cids' in request)) return
        for (const cid of request.cids) {
          const stored = validator.store.batches.get(cid)
          const body = validator.store.batches.body(cid)
          if (stored !== undefined && body !== undefined)
            yield { header: stored.header, signature: stored.signature, body }
        }
      },
    },
  })
}

/** What the validator would say of an epoch's batches. */
function digestsOf(epoch: number): Uint8Array {
  return Buffer.concat(finalBatches(validator.store, epoch).map(({ outcome }) => nativeCrypto.sha256(outcome.codes)))
}

test(
  'a node that was down catches up over several pages of epochs',
  async () => {
    const follower = await nodes.start('follower')
    await nodes.makeEpochs(1, ana, validator, [validator, follower])
    await nodes.stop('follower')
    await nodes.makeEpochs(epochs, ana, validator, [validator], 50_000)
    const back = await nodes.start('follower')
    assert.ok(back.ledger.head.epoch < checkpointsPageMax / 2)
    const targets = new Set<number | null>()
    back.ledger.onEpoch(() => targets.add(back.stats().sync.target))
    await nodes.reach(validator.ledger.head.epoch, [back])
    assert.equal([...targets], [validator.ledger.head.epoch, null])
    assert.is(back.stats().sync.secondsLeft, null)
    assert.equal(`${back.ledger.head.cid}`, `${validator.ledger.head.cid}`)
    await nodes.stop('follower')
  },
  { deadlineMs: 60_000 },
)

test('T13: a node that holds other signatures of its newest decision than the others goes on', async () => {
  const four = new Nodes({ validators: 4 })
  const [first, ...others] = await four.startValidators(4)
  const bo = four.author('bo')
  await four.makeEpochs(2, bo, first!, [first!, ...others])
  await four.stop('val3')
  await swapHeadCertificate(four)
  await four.makeEpochs(2, bo, first!, [first!, ...others.slice(0, 2)])
  const back = await four.start('val3')
  await four.reach(first!.ledger.head.epoch, [back])
  for (let epoch = 1; epoch < back.ledger.head.epoch; epoch++) {
    assert.equal(back.store.epochs.get(epoch), first!.store.epochs.get(epoch), `epoch ${epoch}`)
  }
  assert.equal(four.errors, [])
  await four.stopAll()
})

/** Leaves out one of the signatures, or puts in one that nobody has: what was signed can be told from it all the same. */
async function swapHeadCertificate(four: Nodes): Promise<void> {
  const store = await Store.open(four.dir('val3'), { create: false, multithreading: false })
  const { epoch } = store.head()!
  const record = store.epochs.get(epoch)!
  const certificate = decodeCertificate(record.certificate)
  const signatures = certificate.signatures.length > 3 ? certificate.signatures.slice(1) : withFourth(four, certificate)
  await store.write([epochOp(epoch, { ...record, certificate: encodeCertificate({ ...certificate, signatures }) })], {
    sync: true,
  })
  await store.close()
}

function withFourth(four: Nodes, certificate: Certificate): Certificate['signatures'] {
  const { signatures, ...vote } = certificate
  const set = decodeGenesis(four.genesis).validators
  const missing = set.findIndex((_, i) => signatures.every(([index]) => index !== i))
  const signature = voteKeyOf(set[missing]!.name).sign(messageBytes(four.chain, vote))
  return [...signatures, [missing, signature] as const].sort(([a], [b]) => a - b)
}

test('stopped while it catches up a node ends in order, and goes on where it was', async () => {
  const joiner = await nodes.start('joiner')
  await nodes.until('some epochs', () => joiner.ledger.head.epoch >= 3)
  const startMs = performance.now()
  await nodes.stop('joiner')
  assert.ok(performance.now() - startMs < 5_000)
  const again = await nodes.start('joiner')
  assert.ok(again.ledger.head.epoch >= 3)
  await nodes.reach(validator.ledger.head.epoch, [again])
  await nodes.stop('joiner')
})

/** A node that knows nobody but these. */
async function alone(name: string, peers: readonly Network[]): Promise<Node> {
  const dir = nodes.dir(name)
  const genesisOnly = new Nodes({ validators: 1 })
  Object.assign(genesisOnly, { genesis: nodes.genesis })
  const node = await genesisOnly.start(name, { dir })
  for (const peer of peers) await node.network.connect(peer.addrs()[0]!)
  return node
}

test('T4: an epoch that is proven to be decided with other roots stops a node loudly; it applies nothing', async () => {
  const { checkpoint, certificate, cut } = validator.store.epochs.get(1)!
  const lone = await LoneLedger.open(nodes, nodes.dir('diverging'))
  for (const { cid } of finalBatches(validator.store, 1)) {
    const { header, signature } = validator.store.batches.get(cid)!
    await lone.ingest.take({ header, signature, body: validator.store.batches.body(cid)! }, { durable: true })
  }
  for (const field of ['batchesRoot', 'stateRoot'] as const) {
    const execute = async (order: ExecuteOrder) => {
      return { ...(await lone.ledger.execute(order)), [field]: new Uint8Array(32) }
    }
    const ledger = new Ledger(lone.store, nodes.chain, {
      execute,
      commit: () => Promise.reject(new Error('it is applied')),
    })
    const told: Error[] = []
    const asked: number[] = []
    const network = {
      peers: () => [{ id: 'peer' }],
      request: {
        status: async () => ({ ...status, chain: nodes.chain, epoch: 1 }),
        checkpoints: async () => [{ checkpoint, certificate, cut }],
        outcomes: async (_: string, { epoch }: { epoch: number }) => {
          asked.push(epoch)
          return digestsOf(epoch)
        },
      },
    } as unknown as Network
    const onFatal = (error: Error) => told.push(error)
    const fetcher = { complete: async () => true, lacking: () => [], fetchAhead: async () => 'enough' as const }
    const sync = new Sync({ ledger, fetcher, network: () => network, onFatal, log: quiet, haltAfter: () => 99 })
    sync.poke()
    await nodes.until('it is told', () => told.length > 0)
    const { code, facts, message } = told[0] as LedgerError
    assert.equal([code, facts.epoch, facts.differing], ['diverged', 1, [field]])
    assert.match(message, /nothing was applied/)
    assert.equal(asked, field === 'batchesRoot' ? [1] : [], 'who comes to the same batches needs no proof of them')
    await sync.stop()
  }
  await lone.close()
})

test('T4: a cut that its teller can’t prove stops nobody, not even who knows nobody else', async () => {
  const noCut = encode([])
  const liar = await mirror((frame, i) => (i === 4 ? { ...frame, cut: noCut } : frame))
  // Somebody who claims to be ahead and gives nothing is no reason to wait for ever.
  const boaster = await start({
    chain: nodes.chain,
    handlers: { ...handlers(), status: () => ({ ...status, chain: nodes.chain, epoch: 1_000 }) },
  })
  const node = await alone('fooled', [liar, boaster])
  await nodes.until('the liar is banned', () => node.network.stats().bans === 1)
  assert.equal([node.halted, node.ledger.head.epoch], [null, 4])
  const honest = await mirror(frame => frame)
  await node.network.connect(honest.addrs()[0]!)
  await nodes.reach(validator.ledger.head.epoch, [node])
  await node.stop()
  for (const peer of [liar, boaster, honest]) await peer.stop()
})

test('who boasts of more epochs and gives the same one for ever is left for another', async () => {
  let asked = 0
  const parrot = await start({
    chain: nodes.chain,
    handlers: {
      ...handlers(),
      status: () => ({ ...status, chain: nodes.chain, epoch: 1_000 }),
      *checkpoints() {
        asked++
        const { checkpoint, certificate, cut } = validator.store.epochs.get(1)!
        yield { checkpoint, certificate, cut }
      },
    },
  })
  const honest = await mirror(frame => frame)
  const node = await alone('patient', [parrot, honest])
  await nodes.reach(validator.ledger.head.epoch, [node])
  // It says that it is farthest, and is asked first; a server that means well would refuse to be asked for ever.
  assert.ok(asked > 0 && asked < checkpointsLimits.burst, `asked ${asked} times`)
  await node.stop()
  for (const peer of [parrot, honest]) await peer.stop()
})

test('a false cut under a true certificate stops nobody who has another peer', async () => {
  const liar = await mirror((frame, i) => (i === 2 ? { ...frame, cut: encode([]) } : frame))
  const breaker = await mirror((frame, i) => {
    const [[author, , batch]] = decode(frame.cut) as [[Uint8Array, number, never]]
    return i === 3 ? { ...frame, cut: encode([[author, 9, batch]]) } : frame
  })
  const honest = await mirror(frame => frame)
  const node = await alone('advised', [liar, breaker, honest])
  await nodes.reach(validator.ledger.head.epoch, [node])
  assert.is(node.halted, null)
  await node.stop()
  for (const peer of [liar, breaker, honest]) await peer.stop()
})

test('a forged certificate is held against the peer, and nothing is taken from it', async () => {
  const forger = await mirror(frame => {
    const certificate = decode(frame.certificate) as { signatures: [number, Uint8Array][] }
    const signatures = certificate.signatures.map(([index]) => [index, new Uint8Array(64)] as [number, Uint8Array])
    return { ...frame, certificate: encode({ ...certificate, signatures } as never) }
  })
  const node = await alone('wary', [forger])
  await nodes.until('banned', () => node.network.stats().bans === 1)
  assert.is(node.ledger.head.epoch, 0)
  await node.stop()
  await forger.stop()
})

test("a failure of the own engine or disk is no peer's: the node is told", async () => {
  const { checkpoint, certificate, cut } = validator.store.epochs.get(1)!
  const lone = await LoneLedger.open(nodes, nodes.dir('broken'))
  const full = () => Promise.reject(new EngineError('disk-full', 'no space left'))
  const ledger = new Ledger(lone.store, nodes.chain, { execute: full, commit: full })
  const told: Error[] = []
  const network = {
    peers: () => [{ id: 'peer' }],
    request: {
      status: async () => ({ ...status, chain: nodes.chain, epoch: 1 }),
      checkpoints: async () => [{ checkpoint, certificate, cut }],
    },
  } as unknown as Network
  // What the peer still owes ends with the following.
  const fetchAhead = (_: unknown, __: unknown, signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const fetcher = { complete: async () => true, lacking: () => [], fetchAhead }
  const onFatal = (error: Error) => told.push(error)
  const sync = new Sync({ ledger, fetcher, network: () => network, onFatal, log: quiet, haltAfter: () => 99 })
  sync.poke()
  await nodes.until('it is told', () => told.length > 0)
  assert.equal(
    told.map(error => (error as LedgerError).code),
    ['disk-full'],
  )
  await sync.stop()
  await lone.close()
})

test('a head is the network’s once a peer has said so, none is far ahead, and it is young', async () => {
  const lone = await LoneLedger.open(nodes, tempFolder())
  const { ledger } = lone
  const { head, chain } = ledger
  const said = { chain, epoch: 0 }
  const network = {
    peers: () => [{ id: 'peer' }],
    request: { status: async () => ({ ...status, ...said, checkpoint: null }) },
  } as unknown as Network
  let ageMs = 0
  const clock = { ...systemClock, now: () => head.time + ageMs }
  const fetcher = { complete: async () => false, lacking: () => [], fetchAhead: async () => 'nothing' as const }
  const options = { ledger, fetcher, network: () => network, onFatal: () => {}, log: quiet, haltAfter: () => 0, clock }
  const asked = async (chainSaid: Cid, epoch: number, age: number): Promise<boolean> => {
    Object.assign(said, { chain: chainSaid, epoch })
    ageMs = age
    const sync = new Sync(options)
    assert.is(sync.isCurrent, false, 'nobody was asked')
    sync.poke()
    await sync.stop()
    return sync.isCurrent
  }
  assert.is(await asked(chain, 1, 300_000), true)
  assert.is(await asked(status.chain, 1, 0), false, 'a peer of another ledger')
  assert.is(await asked(chain, 2, 0), false, 'two epochs behind')
  assert.is(await asked(chain, 0, 301_000), false, 'as old as that of a node long away')
  await lone.close()
})

test('batches that nobody asked for are not taken', async () => {
  const stranger = nodes.author('stranger').transfer()
  const evil = await start({
    chain: nodes.chain,
    handlers: {
      ...handlers(),
      status: () => ({ ...status, chain: nodes.chain, epoch: 1 }),
      *checkpoints() {
        const { checkpoint, certificate, cut } = validator.store.epochs.get(1)!
        yield { checkpoint, certificate, cut }
      },
      *batches() {
        yield stranger.bytes
      },
    },
  })
  const node = await alone('asker', [evil])
  await nodes.until('held against it', () => node.network.stats().penalties > 0)
  assert.not(node.mempool.has(stranger.cid))
  await node.stop()
  await evil.stop()
})

test("a copy of a running node's folder, taken between epochs, goes on", async () => {
  const head = validator.ledger.head.epoch
  const dir = nodes.dir('copy')
  await validator.store.sync()
  cpSync(nodes.dir('val0'), dir, { recursive: true, filter: path => !path.endsWith('LOCK') })
  const copy = await nodes.start('copy', { dir })
  await nodes.reach(head, [copy])
  await nodes.makeEpochs(1, ana, validator, [validator, copy])
  await nodes.stop('copy')
})
