import { LedgerError } from '../../consensus/errors.ts'
import { inverted } from '../api/names.ts'
import { type RunResult, runScenario } from '../scenario/runner.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { type ActedScenario, readActedScenario } from './acted-scenario.ts'
import { type Blueprint, drawBlueprint } from './blueprint.ts'
import { haltTogether } from './common-epoch.ts'
import { type Display, LiveTable, plainDisplay } from './display.ts'
import { checkFaults, type FaultPlan, hasFaults } from './fault-plan.ts'
import { Fleet } from './fleet.ts'
import { actorAccounts, furnish, newFolder, writeNames } from './folder.ts'
import { checkInvariants } from './invariants.ts'
import { runOutages } from './outages.ts'
import { Progress } from './progress.ts'
import { type Summary, summarize } from './summary.ts'

export interface TestnetOptions {
  readonly nodes: number
  readonly epochMs: number
  /** Paths; empty: the sample. */
  readonly scenarios: readonly string[]
  readonly seed: number
  /** A new folder of its own where none is given. */
  readonly dir?: string
  readonly faults: FaultPlan
  /** Ends when all is final; else the nodes run on until the signal. */
  readonly exit: boolean
  /** Whether the display is a terminal that can be painted over. */
  readonly live: boolean
  /** Ends the testnet. */
  readonly signal: AbortSignal
  note(line: string): void
  /** Called when all is final, while the nodes still run. */
  onPlayed?(testnet: PlayedTestnet): Promise<void>
}

export interface PlayedTestnet {
  readonly fleet: Fleet
  readonly scenario: Scenario
  readonly labels: Readonly<Record<string, string>>
  /** Account → what it is called. */
  readonly names: ReadonlyMap<string, string>
}

/** Runs a network of real node processes and plays scenarios through it. Leaves no process behind, and keeps the data. */
export async function runTestnet(options: TestnetOptions): Promise<Summary> {
  const { nodes, epochMs, seed, faults } = options
  checkFaults(faults, nodes)
  const acted = await readActedScenario(options.scenarios, seed)
  const { scenario } = acted
  const blueprint = drawBlueprint({ nodes, epochMs, seed, scenario, time: Date.now() })
  const dir = await newFolder(options.dir)
  await furnish(dir, blueprint)
  await writeNames(dir, blueprint, scenario, {})
  const fleet = new Fleet(dir, blueprint, faults)
  try {
    return await play(options, { ...acted, blueprint, dir, fleet })
  } catch (error) {
    if (options.signal.aborted)
      throw new LedgerError('interrupted', `stopped before the end; the data is in ${dir}`, { dir })
    throw error
  } finally {
    await fleet.stop()
  }
}

interface Stage extends ActedScenario {
  readonly blueprint: Blueprint
  readonly dir: string
  readonly fleet: Fleet
}

async function play(options: TestnetOptions, stage: Stage): Promise<Summary> {
  const { blueprint, dir, scenario, fleet } = stage
  options.note(`starting ${fleet.nodes.length} nodes in ${dir}`)
  await abortable(fleet.start(), fleet, options.signal)
  options.note(`in a browser: ${fleet.nodes[0]!.explorer}`)
  const names = inverted(actorAccounts(scenario))
  const display = options.live ? new LiveTable(process.stderr, fleet, names) : plainDisplay(options.note)
  try {
    const startedMs = performance.now()
    const { tally, labels, refs } = await playScenario(options, stage, display)
    const elapsedMs = performance.now() - startedMs
    const labelsFile = await writeNames(dir, blueprint, scenario, labels)
    display.stop()
    await options.onPlayed?.({ fleet, scenario, labels, names })
    if (!options.exit) await untilSignal(fleet, options.signal)
    // Ctrl-C ends a testnet that was to run on; from here on nothing is interrupted by the same signal.
    const common = await haltTogether(fleet, options.exit ? options.signal : new AbortController().signal)
    const remains = { blueprint, nodes: fleet.nodes, epoch: common.epoch, submitted: refs }
    const invariants = hasFaults(options.faults) ? await checkInvariants(remains) : undefined
    const actors = actorAccounts(scenario)
    return summarize({ blueprint, dir, fleet, tally, common, elapsedMs, actors, labels: labelsFile, invariants })
  } finally {
    display.stop()
  }
}

/** Plays the scenario while things go wrong as planned, and waits for both. */
async function playScenario(options: TestnetOptions, stage: Stage, display: Display): Promise<RunResult> {
  const { scenario, blueprint, fleet } = stage
  const progress = new Progress(scenario.actions.length, () => performance.now())
  const failed = new AbortController()
  const signal = AbortSignal.any([options.signal, failed.signal])
  const run = runScenario({
    scenario,
    chain: blueprint.chain,
    nodes: fleet.nodes.map(({ client }) => client),
    keyOf: stage.keyOf,
    voteKeyOf: stage.voteKeyOf,
    epoch: 0,
    signal,
    onEpoch: (epoch, tally) => {
      progress.take(epoch, tally)
      display.update(progress)
    },
  })
  const { seed, faults: plan } = { ...options }
  const outages = runOutages({ fleet, plan, seed, signal, note: text => display.note(text) })
  try {
    const [result] = await abortable(Promise.all([run, outages]), fleet, options.signal)
    return result
  } catch (error) {
    failed.abort()
    await Promise.allSettled([run, outages])
    throw error
  }
}

/** `work`, unless a node crashes or the signal comes first. */
async function abortable<T>(work: Promise<T>, fleet: Fleet, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  work.catch(() => {})
  try {
    return await Promise.race([work, fleet.crashed, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function untilSignal(fleet: Fleet, signal: AbortSignal): Promise<void> {
  await abortable(new Promise<never>(() => {}), fleet, signal).catch(error => {
    if (!signal.aborted) throw error
  })
}
