import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import type { Network } from '../../../network/network.ts'
import type { CheckpointFrame } from '../../../network/protocols/checkpoints.ts'
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
  const frames: CheckpointFrame[] = []
  for await (const { checkpoint, certificate, cut } of other.store.epochs.range(1, epochs))
    frames.push(change({ checkpoint, certificate, cut }))
  const fatal: LedgerError[] = []
  const penalties: string[] = []
  let asked = 0
  const network = {
    peers: () => [{ id: 'other' }],
    penalise: (_: string, reason: string) => penalties.push(reason),
    request: {
      status: async () => ({ chain: nodes.chain, epoch: epochs, checkpoint: other.ledger.head.cid }),
      checkpoints: async (_: string, { from, to }: { from: number; to: number }) => {
        asked++
        return frames.slice(from - 1, to)
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
  await other.close()
  return { stop: fatal[0], penalties }
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

/** The certificate of another checkpoint. */
async function forgery(): Promise<{ certificate: Uint8Array }> {
  const lone = await LoneLedger.open(nodes, nodes.dir('forgery'))
  const { certificateBlock } = lone.decided(await lone.value([], { time: 77_000 }))
  await lone.close()
  return { certificate: certificateBlock }
}
