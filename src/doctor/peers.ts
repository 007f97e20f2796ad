import type { NodeStatus } from '../api/node-view.ts'
import type { NodeConfig } from '../config/node-config.ts'
import { doubtful, type Finding, fine, wrong } from './finding.ts'
import { connectProblem, placeOf } from './ports.ts'

/** Each node that is to be begun with, and how many the running node is connected to. */
export async function peerFindings({ bootstrap }: NodeConfig, running: NodeStatus | null): Promise<Finding[]> {
  const reached = await Promise.all(bootstrap.map(bootstrapFinding))
  if (running !== null) return [connectedFinding(running, bootstrap.length), ...reached]
  return bootstrap.length > 0
    ? reached
    : [fine('peers', 'none are configured: a network of its own, or one that comes to it')]
}

function connectedFinding({ peers, addrs, validators }: NodeStatus, configured: number): Finding {
  const found = `${peers} connected; listening on ${addrs.join(' ') || 'nothing'}`
  if (peers > 0) return fine('peers', found)
  if (configured === 0) {
    if (validators <= 1) return fine('peers', found)
    const next = 'name a node that is up with --bootstrap, or start the others: nothing is decided without them'
    return doubtful('peers', `${found}; there are ${validators} validators`, next)
  }
  return wrong('peers', found, 'check the network and the firewall, and whether the peers below are of the same ledger')
}

async function bootstrapFinding(addr: string): Promise<Finding> {
  const place = placeOf(addr)
  if (place === undefined) {
    return wrong('peers', `${addr}: expected an address like /dns4/HOST/tcp/8649/p2p/12D3Koo…`, 'correct --bootstrap')
  }
  const problem = await connectProblem(place)
  if (problem === undefined) return fine('peers', `${addr} can be reached`)
  return doubtful(
    'peers',
    `${addr} can't be reached: ${problem}`,
    'check the address, and the firewall; one that answers is enough',
  )
}
