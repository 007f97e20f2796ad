// runs alone: four node processes, and 69,120 epochs that nobody has the time to wait for; only with OPENLEDGER_FULL=1
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { paramsCodec, paramsKey } from '../../consensus/ledger/cells/global.ts'
import { effectEpochs, votingEpochs } from '../../consensus/ledger/governance/voting.ts'
import { type Params, protocolKnown, testnetParams } from '../../consensus/params.ts'
import { signingKey } from '../../src/crypto/signing-key.ts'
import { openText } from '../../src/decimal.ts'
import { LedgerView } from '../../src/query/ledger-view.ts'
import { databaseFolder, Store } from '../../src/store/store.ts'
import { verifyStore } from '../../src/verify/verify.ts'
import { idleUntil } from '../fixtures/idle-epochs.ts'
import { suite } from '../harness.ts'
import { auditWithOracle, type ExportedRecord } from './audit.ts'
import { type Line, pulseFunds, pulses } from './faulty-lines.ts'
import { FaultyNet } from './faulty-net.ts'
import { until } from './hand-run-net.ts'
import { exported } from './program.ts'

const test = suite('e2e/governance')
const epochMs = 500
const voters = ['node0', 'node1', 'node2', 'node3']
const slashDouble = 40_000

const ballots = (...proposals: string[]): Line[] =>
  proposals.flatMap(proposal => voters.map(actor => ({ actor, do: 'ballot', proposal, vote: 'yes' })))

const lines: Line[] = [
  ...pulseFunds('late'),
  ...pulseFunds('last'),
  { actor: 'node0', do: 'proposal', as: 'milder', changes: { slashDouble }, reason: 'within the bounds' },
  { actor: 'node1', do: 'proposal', as: 'wild', changes: { originFloor: 1 }, reason: 'breaks a bound' },
  ...pulses(10),
  { actor: 'node2', do: 'proposal', as: 'later', changes: { protocol: protocolKnown + 1 }, reason: 'new rules' },
  { actor: 'node2', do: 'wait' },
  ...ballots('@milder', '@wild', '@later'),
]

/** In force after the newest epoch. */
async function inForce(data: string): Promise<{ epoch: number; params: Params }> {
  const store = await Store.open(data, { create: false, multithreading: false })
  try {
    return { epoch: store.head()!.epoch, params: decodeCell(paramsCodec, store.state.get(paramsKey)!) }
  } finally {
    await store.close()
  }
}

async function supplyOf(data: string): Promise<Parameters<typeof auditWithOracle>[0]['supply']> {
  const store = await Store.open(data, { create: false, multithreading: false })
  try {
    const { genesis, now, waiting, accrued, treasury } = await new LedgerView(store).supply()
    const [all, rest, ...parts] = [genesis, now, waiting, accrued, treasury].map(openText)
    return { genesis: all!, now: rest!, waiting: parts[0]!, accrued: parts[1]!, treasury: parts[2]! }
  } finally {
    await store.close()
  }
}

const title =
  'ballots change parameters, what breaks a bound lapses, and before a protocol that nodes do not know they end in order'
if (process.env.OPENLEDGER_FULL === '1') test(title, changeParams, { deadlineMs: 1_200_000 })
else test.skip(`${title} (OPENLEDGER_FULL=1)`)

async function changeParams(): Promise<void> {
  const net = await FaultyNet.start({ nodes: 4, epochMs, lines, faults: 'kill=0' })
  const folders = net.fleet.nodes.map(({ data }) => data)
  const [data] = folders as [string, ...string[]]
  try {
    await net.play()
    await net.halt()
    const proposals = (await exported<ExportedRecord>('records', data)).filter(({ kind }) => kind === 'proposal')
    // The first two are written at once, and come an epoch or two apart, whichever is the first.
    const effects = proposals.map(({ epoch }) => epoch + votingEpochs + effectEpochs)
    assert.is(effects.length, 3)
    const [effect, nextEffect, lastEffect] = effects as [number, number, number]
    await idleTogether(net, folders, effect - 2)
    await net.wake()
    const { epoch } = await net.playOn(pulses(6, 'late'), effect - 2)
    assert.ok(epoch > nextEffect && epoch < lastEffect, `${epoch} between ${nextEffect} and ${lastEffect}`)
    await net.halt()
    for (const folder of folders) {
      const { params } = await inForce(folder)
      assert.equal(params, { ...testnetParams, epochMs, slashDouble })
    }
    await net.wake()
    const end = net.playOn(pulses(18, 'last'), epoch)
    end.catch(() => {})
    const crash = await Promise.race([end, net.fleet.crashed]).catch((error: Error) => error.message)
    assert.match(String(crash), 'ended with status 1')
    await until('all have ended', 30_000, async () =>
      net.fleet.nodes.every(({ pid }) => pid === undefined) ? true : undefined,
    )
    for (const { data: folder, logFile } of net.fleet.nodes) {
      assert.match(readFileSync(logFile, 'utf8'), `protocol ${protocolKnown + 1} is in force`)
      const { epoch: last, params } = await inForce(folder)
      assert.equal([last, params.protocol], [lastEffect, protocolKnown + 1])
    }
    assert.equal((await verifyStore(data)).findings, [])
    await auditWithOracle({ epochs: lastEffect, supply: await supplyOf(data) }, data)
  } finally {
    await net.stop()
  }
}

/** All of them, by the work of one. */
async function idleTogether(net: FaultyNet, folders: readonly string[], epoch: number): Promise<void> {
  const keys = net.blueprint.nodes.map(({ voteSeed }) => signingKey(voteSeed))
  const [first, ...others] = folders.map(folder => join(folder, databaseFolder)) as [string, ...string[]]
  await idleUntil(folders[0]!, net.blueprint.chain, keys, epoch)
  for (const folder of others) {
    rmSync(folder, { recursive: true })
    cpSync(first, folder, { recursive: true })
  }
}
