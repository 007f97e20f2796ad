import type { Blueprint } from '../../src/testnet/blueprint.ts'
import { drawBlueprint } from '../../src/testnet/blueprint.ts'
import { haltTogether } from '../../src/testnet/common-epoch.ts'
import { noFaults } from '../../src/testnet/fault-plan.ts'
import { Fleet } from '../../src/testnet/fleet.ts'
import { furnish, newFolder } from '../../src/testnet/folder.ts'
import type { Remains } from '../../src/testnet/invariants.ts'
import { SteadyLoad } from './steady-load.ts'

export interface LoadedNetworkOptions {
  readonly nodes: number
  readonly epochMs: number
  readonly seed: number
  /** A new folder of its own where none is given. */
  readonly dir?: string | undefined
  /** Ends the load at once. */
  readonly signal: AbortSignal
}

/** Real node processes on this machine, and a load that never lets up. */
export class LoadedNetwork {
  readonly dir: string
  readonly blueprint: Blueprint
  readonly fleet: Fleet
  readonly load: SteadyLoad
  readonly #signal: AbortSignal
  readonly #stopped = new AbortController()

  private constructor(dir: string, blueprint: Blueprint, load: SteadyLoad, signal: AbortSignal) {
    this.dir = dir
    this.blueprint = blueprint
    this.fleet = new Fleet(dir, blueprint, noFaults)
    this.load = load
    this.#signal = signal
  }

  /** No process runs yet. */
  static async furnish({ nodes, epochMs, seed, dir: given, signal }: LoadedNetworkOptions): Promise<LoadedNetwork> {
    const load = new SteadyLoad(seed)
    const blueprint = drawBlueprint({ nodes, epochMs, seed, scenario: load.funds, time: Date.now() })
    const dir = await newFolder(given)
    await furnish(dir, blueprint)
    return new LoadedNetwork(dir, blueprint, load, signal)
  }

  startLoad(): void {
    const { chain } = this.blueprint
    const signal = AbortSignal.any([this.#signal, this.#stopped.signal])
    this.load.start({ chain, nodes: this.fleet.nodes.map(({ client }) => client), signal })
  }

  /** Whatever goes on: a load that is not ended would ask for its nodes for ever. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.fleet.stop()
  }

  /** `work`, unless the load comes to a bad end, a node ends by itself or the signal comes first. */
  async during<T>(work: Promise<T>): Promise<T> {
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(this.#signal.reason)
    this.#signal.addEventListener('abort', abort, { once: true })
    if (this.#signal.aborted) abort()
    work.catch(() => {})
    // What goes on when the load has ended is the work.
    const loaded = this.load.played.then(() => work)
    return await Promise.race([work, loaded, this.fleet.crashed, aborted.promise]).finally(() =>
      this.#signal.removeEventListener('abort', abort),
    )
  }

  /** Lets the load end, and all nodes at one epoch. What is left can be judged at rest. */
  async halt(): Promise<Remains> {
    await this.during(this.load.end())
    const { epoch } = await haltTogether(this.fleet, this.#signal)
    return { blueprint: this.blueprint, nodes: this.fleet.nodes, epoch, submitted: this.load.refs }
  }
}
