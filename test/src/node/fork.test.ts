import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../consensus/account.ts'
import { decodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import type { Network } from '../../../network/network.ts'
import type { CheckpointFrame } from '../../../network/protocols/checkpoints.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { Sync } from '../../../src/node/sync.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { quiet } from '../../network/net.ts'

const test = suite('node/fork')
const nodes = new Nodes({ validators: 4 })
const honest = [0, 1, 2]
const others = [1, 2, 3]

test.after(() => nodes.stopAll())

interface Told {
  readonly stop: LedgerError | undefined
  readonly penalties: readonly string[]
}

/** What a node tells that has one history, with epoch 1 signed by three, when a peer has another of so many epochs. */
async function shown(
  name: string,
  epochs: number,
  change: (frame: CheckpointFrame) => CheckpointFrame = frame => frame,
): Promise<Told> {
  const own = await LoneLedger.open(nodes, nodes.dir(`${name}-own`))
  const other = await LoneLedger.open(nodes, nodes.dir(`${name}-other`))
  await own.ledger.finalize(own.decided(await own.value([]), honest))
  for (let epoch = 1; epoch <= epochs; epoch++)
    await other.ledger.finalize(other.decided(await other.value([], { time: 10_000 * epoch }), others))
  const frames = (await framesOf(other, epochs)).map(change)
  const told = await follow(own, frames)
  await other.close()
  return told
}

async function framesOf({ store }: LoneLedger, epochs: number): Promise<CheckpointFrame[]> {
  const frames: CheckpointFrame[] = []
  for await (const { checkpoint, certificate, cut } of store.epochs.range(1, epochs))
    frames.push({ checkpoint, certificate, cut })
  return frames
}

/** What a node in epoch 1 tells when a peer answers with these, whatever it was asked for. */
async function follow(own: LoneLedger, frames: readonly CheckpointFrame[]): Promise<Told> {
  const { epoch, checkpoint } = furthest(frames)
  const fatal: LedgerError[] = []
  const penalties: string[] = []
  let asked = 0
  const network = {
    peers: () => [{ id: 'other' }],
    penalise: (_: string, reason: string) => penalties.push(reason),
    request: {
      status: async () => ({ chain: nodes.chain, epoch, checkpoint }),
      checkpoints: async () => {
        asked++
        return frames
      },
    },
  } as unknown as Network
  const { ledger } = own
  const sync = new Sync({
    ledger,
    fetcher: { complete: async () => true, lacking: () => [], fetchAhead: async () => 'enough' as const },
    network: () => network,
    onFatal: error => fatal.push(error as LedgerError),
    log: quiet,
    haltAfter: () => 99,
  })
  sync.poke()
  await nodes.until('it is told or held against the peer', () => fatal.length + penalties.length > 0 && asked > 0)
  await sync.stop()
  assert.is(ledger.head.epoch, 1, 'nothing of it is applied')
  await own.close()
  return { stop: fatal[0], penalties }
}

function furthest(frames: readonly CheckpointFrame[]): { epoch: number; checkpoint: Cid } {
  const block = frames.at(-1)!.checkpoint
  return { epoch: decodeCheckpoint(block).epoch, checkpoint: Cid.of(crypto, block) }
}

for (const [what, epochs] of [
  ['as long as the own', 1],
  ['longer than the own', 2],
] as const) {
  test(`T12: a second history that is ${what} stops a node, which names who signed both`, async () => {
    const { stop, penalties } = await shown(`fork-${epochs}`, epochs)
    assert.ok(stop)
    assert.is(stop.code, 'forked')
    const lone = await LoneLedger.open(nodes, nodes.dir(`sets-${epochs}`))
    const guilty = [1, 2].map(index => accountKeyText(lone.ledger.head.validators[index]!.account))
    await lone.close()
    assert.equal([...(stop.facts.guilty as string[])].sort(), guilty.sort())
    assert.is((stop.facts.evidence as unknown[]).length, 2)
    for (const name of guilty) assert.match(stop.message, name)
    assert.equal(penalties, [], 'who tells of it is not to blame')
  })
}

test('T12: a second history that nobody signed is held against who tells of it', async () => {
  const { certificate } = await forgery()
  const { stop, penalties } = await shown('forged', 1, frame => ({ ...frame, certificate }))
  assert.is(stop, undefined)
  assert.equal(penalties, ['checkpoint-certificate'])
})

test('T12: an epoch that was decided on another checkpoint is a second history, too', async () => {
  const lone = await LoneLedger.open(nodes, nodes.dir('prev'))
  await lone.ledger.finalize(lone.decided(await lone.value([])))
  const prev = Cid.fromDigest(new Uint8Array(32))
  const decided = lone.decided(await lone.value([], { prev }))
  assert.throws(
    () => lone.ledger.checkCertificate(decided),
    (error: LedgerError) => error.code === 'forked',
  )
  await lone.close()
})

test('who leaves an epoch out shows no second history, however true the rest is', async () => {
  const other = await LoneLedger.open(nodes, nodes.dir('gap-other'))
  const own = await LoneLedger.open(nodes, nodes.dir('gap-own'))
  for (let epoch = 1; epoch <= 3; epoch++) {
    const decided = other.decided(await other.value([]))
    await other.ledger.finalize(decided)
    if (epoch === 1) await own.ledger.finalize(decided)
  }
  const [first, second, third] = await framesOf(other, 3)
  // What stands before the third names its last certificate; of the own head nobody looks at it.
  const { stop, penalties } = await follow(own, [{ ...first!, certificate: second!.certificate }, third!])
  assert.is(stop, undefined)
  assert.equal(penalties, ['checkpoint-certificate'])
  await other.close()
})

/** The certificate of another checkpoint. */
async function forgery(): Promise<{ certificate: Uint8Array }> {
  const lone = await LoneLedger.open(nodes, nodes.dir('forgery'))
  const { certificateBlock } = lone.decided(await lone.value([], { time: 77_000 }))
  await lone.close()
  return { certificate: certificateBlock }
}
