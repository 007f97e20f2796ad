// runs alone: four node processes that are killed in the middle of their work
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import type { ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import type { RunResult } from '../../src/scenario/runner.ts'
import { invariants } from '../../src/testnet/invariants.ts'
import type { Summary } from '../../src/testnet/summary.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { checkpointsOf, HandRunNet, until } from './hand-run-net.ts'
import { answer } from './program.ts'
import { VoteWitness } from './vote-witness.ts'

const test = suite('e2e/crash')
const sample = readFileSync(new URL('../../scripts/sample-scenario.ndjson', import.meta.url), 'utf8')
/** Each barrier takes an epoch: the network is busy for as long as the crashes take. */
const pulses = 20
const pulse = Array.from({ length: pulses }, () => ({ actor: 'pulse', do: 'transfer', to: '@@uma', amount: '0.01' }))
const pulseText = [
  { actor: 'pulse', do: 'fund', amount: '1' },
  ...pulse.flatMap(line => [{ actor: 'pulse', do: 'wait' }, line]),
]
  .map(line => JSON.stringify(line))
  .join('\n')
const epochMs = 700
const downMs = 1_000

let net: HandRunNet
let witness: VoteWitness
let playing: Promise<RunResult>
const endPlay = new AbortController()

test.before(async () => {
  const files = [
    { name: 'sample', text: sample },
    { name: 'pulse', text: `${pulseText}\n` },
  ]
  net = await HandRunNet.furnish(join(tempFolder(), 'net'), files, epochMs)
  const set: ValidatorSet = net.blueprint.genesis.validators
  witness = await VoteWitness.start(
    net.blueprint.chain,
    set,
    net.nodes.map(({ addr }) => addr),
  )
  await net.start()
  await until('the witness hears all', 20_000, async () => (witness.peers === 4 ? true : undefined))
  playing = net.play(endPlay.signal)
  playing.catch(() => {})
})

test.after(async () => {
  endPlay.abort()
  await witness?.stop()
})

test(
  'one of four, killed in mid-run and started again with the same config, catches up',
  async () => {
    const [first, , , last] = net.nodes
    await net.reach(3)
    await last!.kill()
    const { epoch } = await first!.client.status()
    await net.reach(epoch + 2, net.nodes.slice(0, 3))
    await last!.start()
    await net.reach((await first!.client.status()).epoch)
  },
  { deadlineMs: 90_000 },
)

for (const time of ['once', 'twice', 'three times']) {
  test(
    `T7: all four, killed ${time} at once with votes on their way, go on from where they were and lose nothing final`,
    async () => {
      const before = await checkpointsOf(net.nodes[0]!)
      const deciding = await witness.next(
        ({ type, epoch, checkpoint }) => type === 'prevote' && checkpoint !== null && epoch > before.length,
        // At once, or the votes behind this one decide the epoch before anybody is killed.
        () => net.killAll(),
      )
      const heardBefore = [...witness.heard]
      await sleep(downMs)
      await net.start()
      await net.reach(deciding.message.epoch + 1)
      for (const node of net.nodes) assert.equal((await checkpointsOf(node)).slice(0, before.length), before)
      await until('the witness hears all vote again', 30_000, async () =>
        witness.heard.every((count, validator) => count > heardBefore[validator]!) ? true : undefined,
      )
    },
    { deadlineMs: 90_000 },
  )
}

test(
  'every line becomes final all the same, and all nodes end at the same checkpoints',
  async () => {
    const { tally, epoch } = await playing
    assert.equal([tally.finalized, tally.failed, tally.unpaid], [tally.submitted, 0, 0])
    await net.reach(epoch)
    const all = await Promise.all(net.nodes.map(checkpointsOf))
    const common = Math.min(...all.map(({ length }) => length))
    assert.ok(common >= epoch)
    for (const own of all) assert.equal(own.slice(0, common), all[0]!.slice(0, common))
  },
  { deadlineMs: 90_000 },
)

test('T7, T12: no validator contradicted itself, before, between and after', () => {
  assert.is(witness.forged, 0)
  for (const own of witness.messages) assert.ok(own.length > 20, `${own.length} messages`)
  assert.equal(witness.doubles(), [])
  assert.equal(witness.offences(), [])
})

test(
  'SIGTERM ends each of them with status 0 within 10 s, and verify finds their data sound',
  async () => {
    await Promise.all(net.nodes.map(node => node.stop()))
    for (const { data } of net.nodes) await answer(['verify', '--data', data])
  },
  { deadlineMs: 60_000 },
)

test(
  'testnet --faults kill=2,pause=1 ends with everything final and sound',
  async () => {
    const dir = join(tempFolder(), 'net')
    const faults = ['--faults', 'kill=2,pause=1', '--seed', '4']
    const summary = await answer<Summary>(['testnet', ...faults, '--epoch', '1s', '--exit', '--dir', dir], 120_000)
    const { submitted, finalized, failed, unpaid } = summary.records
    assert.equal([finalized, failed, unpaid], [submitted, 0, 0])
    assert.is(summary.supply.now, summary.supply.genesis)
    assert.equal(summary.invariants, Object.values(invariants))
    const { epoch, cid } = summary.checkpoint
    for (const node of summary.nodes) {
      assert.equal([node.epoch, node.checkpoint], [epoch, cid])
      await answer(['verify', '--data', node.data])
    }
  },
  { deadlineMs: 150_000 },
)
