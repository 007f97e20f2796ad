import type { LedgerError } from '../../consensus/errors.ts'
import type { Faults } from '../../network/faults.ts'
import type { Blueprint } from './blueprint.ts'
import { type FaultPlan, needsNetworkFaults } from './fault-plan.ts'
import { dataFolder } from './folder.ts'
import { NodeProcess } from './node-process.ts'

/** All nodes of a testnet. Whatever happens to this process, none of theirs is left. */
export class Fleet {
  readonly nodes: readonly NodeProcess[]
  /** Rejects when a node ends though nobody asked it to. Never resolves. */
  readonly crashed: Promise<never>
  readonly #plan: FaultPlan
  /** Network faults of the moment, beside those that the plan lets stand throughout. */
  #passing: Faults = {}
  readonly #killAll = () => {
    for (const node of this.nodes) node.killNow()
  }

  constructor(dir: string, blueprint: Blueprint, faults: FaultPlan) {
    const faultsSeed = needsNetworkFaults(faults) ? blueprint.seed : undefined
    this.nodes = blueprint.nodes.map(node => new NodeProcess(node.name, dataFolder(dir, node), faultsSeed))
    this.#plan = faults
    const crash = Promise.withResolvers<never>()
    this.crashed = crash.promise
    this.crashed.catch(() => {})
    for (const node of this.nodes) node.onCrash = (error: LedgerError) => crash.reject(error)
    process.on('exit', this.#killAll)
  }

  /** The first node starts alone, so that the others know whom to dial; in the end all know all. */
  async start(): Promise<void> {
    const [first, ...others] = this.nodes
    const { status } = await first!.start([])
    await Promise.all(others.map(node => node.start(status.addrs)))
    for (const node of this.nodes) {
      await node.knowPeers(this.nodes.filter(other => other !== node).flatMap(other => other.ready.status.addrs))
    }
    this.setFaults({})
  }

  /** Network faults of all nodes from now on, beside those that stand throughout. */
  setFaults(faults: Faults): void {
    this.#passing = faults
    for (const node of this.nodes) this.#tellFaults(node)
  }

  async restart(node: NodeProcess): Promise<void> {
    await node.restart()
    this.#tellFaults(node)
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(node => node.stop()))
    process.off('exit', this.#killAll)
  }

  #tellFaults(node: NodeProcess): void {
    if (!needsNetworkFaults(this.#plan)) return
    const { latencyMs, lossPpm } = this.#plan
    const standing = {
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(lossPpm === undefined ? {} : { lossPpm }),
    }
    node.setFaults({ ...standing, ...this.#passing })
  }
}
