/** A network of real node processes that a scenario is played through while things go wrong, and that is judged afterwards. */
import { join } from 'node:path'
import type { SigningKey } from '../../src/crypto/signing-key.ts'
import { signingKey } from '../../src/crypto/signing-key.ts'
import { openLedger } from '../../src/node/open-ledger.ts'
import { parseScenario } from '../../src/scenario/parse.ts'
import { type RunResult, runScenario } from '../../src/scenario/runner.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { actorKeys, type Blueprint, drawBlueprint, type NodePlan, planNode } from '../../src/testnet/blueprint.ts'
import { type CommonEpoch, haltTogether } from '../../src/testnet/common-epoch.ts'
import { type FaultPlan, parseFaults } from '../../src/testnet/fault-plan.ts'
import { Fleet } from '../../src/testnet/fleet.ts'
import { dataFolder, furnish, newFolder } from '../../src/testnet/folder.ts'
import { runOutages } from '../../src/testnet/outages.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { EpochWatch } from './epoch-watch.ts'
import type { Line } from './faulty-lines.ts'

/** From which all keys and faults are drawn. */
export const netSeed = 9
/** A batch whose node was killed goes to another one soon. */
const resendAfterMs = 2_000

export interface FaultyNetOptions {
  /** In office from the genesis on: `node0`, `node1`, … */
  readonly nodes: number
  readonly epochMs: number
  /** Actors may be called like nodes: then they act for the nodes' accounts. */
  readonly lines: readonly Line[]
  /** As after `testnet --faults`. */
  readonly faults: string
  /** Further processes, from the plans of those in office. */
  readonly guests?: (plans: readonly NodePlan[]) => readonly NodePlan[]
  /** Whose data folders hold the ledger already, as copied ones do: nodes that begin anew would be careful with their votes. */
  readonly begun?: readonly string[]
}

/** A moment of an outage, as the testnet tells it. */
export interface Note {
  readonly text: string
  readonly atMs: number
}

export class FaultyNet {
  readonly blueprint: Blueprint
  readonly fleet: Fleet
  readonly watch: EpochWatch
  readonly notes: Note[] = []
  readonly #scenario: Scenario
  readonly #keyOf: (actor: string) => SigningKey
  readonly #plan: FaultPlan
  readonly #ended = new AbortController()

  private constructor(blueprint: Blueprint, fleet: Fleet, scenario: Scenario, plan: FaultPlan, keyOf: KeyOf) {
    this.blueprint = blueprint
    this.fleet = fleet
    this.watch = new EpochWatch(fleet.nodes.map(({ client }) => client))
    this.#scenario = scenario
    this.#plan = plan
    this.#keyOf = keyOf
  }

  static async start({ nodes, epochMs, lines, faults, guests, begun = [] }: FaultyNetOptions): Promise<FaultyNet> {
    const plans = Array.from({ length: nodes }, (_, i) => planNode(netSeed, `node${i}`))
    const all = [...plans, ...(guests?.(plans) ?? [])]
    const keyOf = keysOf(all)
    const scenario = scenarioOf(lines, keyOf)
    const blueprint = drawBlueprint({ nodes, epochMs, seed: netSeed, scenario, time: Date.now() })
    const dir = await newFolder(join(tempFolder(), 'net'))
    const housed = { ...blueprint, nodes: all }
    await furnish(dir, housed)
    for (const plan of all.filter(({ name }) => begun.includes(name))) {
      const { store } = await openLedger(dataFolder(dir, plan), blueprint.genesisBlock)
      await store.close()
    }
    const plan = parseFaults(faults)
    const net = new FaultyNet(blueprint, new Fleet(dir, housed, plan), scenario, plan, keyOf)
    await net.fleet.start().catch(async error => {
      await net.fleet.stop()
      throw error
    })
    net.watch.start()
    return net
  }

  /** Plays the scenario to its end, and all that is to go wrong. */
  async play(): Promise<RunResult> {
    const { signal } = this.#ended
    const outages = runOutages({
      fleet: this.fleet,
      plan: this.#plan,
      seed: netSeed,
      signal,
      note: text => void this.notes.push({ text, atMs: performance.now() }),
    })
    const run = this.#run(this.#scenario, 0)
    const [result] = await Promise.race([Promise.all([run, outages]), this.fleet.crashed])
    return result
  }

  /** Lets actors who haven't acted yet act, from an epoch on that all nodes have. */
  playOn(lines: readonly Line[], epoch: number): Promise<RunResult> {
    return this.#run(scenarioOf(lines, this.#keyOf), epoch)
  }

  #run(scenario: Scenario, epoch: number): Promise<RunResult> {
    return runScenario({
      scenario,
      chain: this.blueprint.chain,
      nodes: this.fleet.nodes.map(({ client }) => client),
      keyOf: this.#keyOf,
      voteKeyOf,
      epoch,
      signal: this.#ended.signal,
      resendAfterMs,
    })
  }

  /** When the testnet told something that begins like this. */
  toldAtMs(start: string): number {
    const note = this.notes.find(({ text }) => text.startsWith(start))
    if (note === undefined) throw new Error(`not told: ${start}`)
    return note.atMs
  }

  /** Ends all nodes at one epoch. */
  async halt(): Promise<CommonEpoch> {
    await this.watch.stop()
    return await haltTogether(this.fleet, this.#ended.signal)
  }

  /** Starts all nodes again where they halted. */
  async wake(): Promise<void> {
    await Promise.all(this.fleet.nodes.map(node => this.fleet.restart(node)))
  }

  /** Whatever state it is in. */
  async stop(): Promise<void> {
    this.#ended.abort()
    await this.watch.stop()
    await this.fleet.stop()
  }
}

type KeyOf = (actor: string) => SigningKey

const voteKeyOf = actorKeys(netSeed, 'vote')

function keysOf(plans: readonly NodePlan[]): KeyOf {
  const validators = new Map(plans.map(({ name, accountSeed }) => [name, signingKey(accountSeed)]))
  const others = actorKeys(netSeed)
  return actor => validators.get(actor) ?? others(actor)
}

function scenarioOf(lines: readonly Line[], keyOf: KeyOf): Scenario {
  const text = lines.map(line => JSON.stringify(line)).join('\n')
  return parseScenario([{ name: 'faults', text }], {
    accountOf: actor => keyOf(actor).publicKey,
    voteKeyOf: actor => voteKeyOf(actor).publicKey,
  })
}
