import { setTimeout as wait } from 'node:timers/promises'
import { LedgerError } from '../../consensus/errors.ts'
import type { EpochStatus, NodeStatus, Supply } from '../api/node-view.ts'
import type { Fleet } from './fleet.ts'
import type { NodeProcess } from './node-process.ts'

/** All nodes of a testnet at the same epoch. */
export interface CommonEpoch {
  readonly epoch: number
  /** Null at the genesis. */
  readonly checkpoint: EpochStatus | null
  readonly supply: Supply
  /** In the order of the fleet. */
  readonly statuses: readonly NodeStatus[]
}

const pollMs = 200
/** A node that was just restarted has much to catch up with. */
const gatherMsMax = 300_000
const triesMax = 5

/**
 * Stops all nodes at one common epoch. It is the newest one, when all have it: an idle network begins no other for a minute, and
 * told to halt there, no node votes beyond. Should one have got further in between, all are started again and the next is tried.
 */
export async function haltTogether(fleet: Fleet, signal: AbortSignal): Promise<CommonEpoch> {
  for (let tries = 0; tries < triesMax; tries++) {
    const common = await gather(fleet, signal)
    if (common === undefined) continue
    const ended = await Promise.all(fleet.nodes.map(node => node.halt(common.epoch)))
    if (ended.every(last => last?.status.epoch === common.epoch)) return common
    await Promise.all(fleet.nodes.map(node => fleet.restart(node)))
  }
  throw new LedgerError('no-common-epoch', 'the nodes could not be stopped at one epoch', {}, "see the nodes' logs")
}

/** Waits until all nodes are at one epoch; undefined if they went on while the answers were collected. */
async function gather(fleet: Fleet, signal: AbortSignal): Promise<CommonEpoch | undefined> {
  const deadline = Date.now() + gatherMsMax
  for (;;) {
    const statuses = await Promise.all(fleet.nodes.map(node => node.client.status().catch(() => undefined)))
    const [first] = statuses
    if (first !== undefined && statuses.every(status => status?.epoch === first.epoch)) {
      return await describe(fleet.nodes[0]!, statuses as NodeStatus[])
    }
    if (Date.now() > deadline) {
      const epochs = statuses.map(status => status?.epoch ?? null)
      throw new LedgerError(
        'no-common-epoch',
        `the nodes stay apart, at epochs ${epochs.join(', ')}`,
        { epochs },
        "see the nodes' logs",
      )
    }
    await wait(pollMs, undefined, { signal })
  }
}

async function describe({ client }: NodeProcess, statuses: readonly NodeStatus[]): Promise<CommonEpoch | undefined> {
  const { epoch } = statuses[0]!
  const [supply, checkpoint] = await Promise.all([client.supply(), epoch === 0 ? null : client.epoch(epoch)])
  return supply.epoch === epoch && checkpoint !== undefined ? { epoch, checkpoint, supply, statuses } : undefined
}
