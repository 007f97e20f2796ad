import { setTimeout as wait } from 'node:timers/promises'
import { type FaultPlan, outagesOf, type Partition } from './fault-plan.ts'
import type { Fleet } from './fleet.ts'

export interface OutageOptions {
  readonly fleet: Fleet
  readonly plan: FaultPlan
  readonly seed: number
  readonly signal: AbortSignal
  note(text: string): void
}

/** Lets everything go wrong that the plan says, and resolves when all of it is over and healed. */
export async function runOutages(options: OutageOptions): Promise<void> {
  const { plan } = options
  await Promise.all([runProcessOutages(options), plan.partition && runPartition(options, plan.partition)])
}

async function runProcessOutages({ fleet, plan, seed, signal, note }: OutageOptions): Promise<void> {
  for (const { type, node: number, afterMs, forMs } of outagesOf(plan, fleet.nodes.length, seed)) {
    await wait(afterMs, undefined, { signal })
    const node = fleet.nodes[number]!
    note(`${node.name}: ${type} for ${forMs} ms`)
    if (type === 'pause') await node.pause(forMs)
    else {
      await node.kill()
      await wait(forMs, undefined, { signal })
      await fleet.restart(node)
    }
  }
}

async function runPartition(
  { fleet, signal, note }: OutageOptions,
  { sizes, afterMs, forMs }: Partition,
): Promise<void> {
  await wait(afterMs, undefined, { signal })
  const peers = fleet.nodes.map(node => node.ready.status.peerId)
  const groups = sizes.map((size, i) => {
    const before = sizes.slice(0, i).reduce((sum, other) => sum + other, 0)
    return peers.slice(before, before + size)
  })
  note(`the network is split into ${sizes.join(' and ')} for ${forMs} ms`)
  fleet.setFaults({ groups })
  await wait(forMs, undefined, { signal })
  fleet.setFaults({})
  note('the network is whole again')
}
