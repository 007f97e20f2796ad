import { setTimeout as sleep } from 'node:timers/promises'
import { Cid } from '../../consensus/cid.ts'
import { nobleCrypto } from '../../consensus/crypto.ts'
import { startNetwork } from '../../network/host.ts'
import type { Log } from '../../network/log.ts'
import type { GossipHandlers, Handlers, Network, NetworkOptions } from '../../network/network.ts'

export const chain = Cid.of(nobleCrypto, new TextEncoder().encode('the genesis of a test'))

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} }

const running = new Set<Network>()
let seeds = 0

export function nextSeed(): Uint8Array {
  seeds++
  return new Uint8Array(32).fill(seeds)
}

/** Of a network on a free port of 127.0.0.1, with an id of its own. */
export const options = () => ({
  chain,
  peerSeed: nextSeed(),
  crypto: nobleCrypto,
  listen: ['/ip4/127.0.0.1/tcp/0'],
  bootstrap: [],
  agent: 'openledger/test',
  log: quiet,
})

/** A network on a free port of 127.0.0.1 that answers everything sensibly unless told otherwise. */
export async function start(given: Partial<NetworkOptions> = {}): Promise<Network> {
  const network = await startNetwork({
    ...options(),
    handlers: handlers(),
    gossip: acceptAll(),
    ...given,
  })
  running.add(network)
  return network
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(network => network.stop()))
  running.clear()
}

export function handlers(): Handlers {
  const cid = chain
  return {
    status: () => ({ chain, epoch: 7, checkpoint: cid, role: 'full', agent: 'openledger/test' }),
    *batches() {},
    *checkpoints() {},
    outcomes: () => new Uint8Array(0),
    votes: () => ({ votes: [], proposals: [], certificates: [] }),
    submit: () => ({ outcome: 'accepted' }),
    proof: () => Uint8Array.of(0x80),
    *headers() {},
    *genesis() {},
    snapshots: () => [],
    *state() {},
  }
}

export function acceptAll(): GossipHandlers {
  return { batches: () => 'accept', proposals: () => 'accept', votes: () => 'accept' }
}

/** Waits until `condition` holds; throws with `what` after `withinMs`. */
export async function until(what: string, condition: () => boolean, withinMs = 8_000): Promise<void> {
  const endMs = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(10)
  }
}

/** `count` networks, all connected with each other and hearing each other's gossip. */
export async function mesh(
  count: number,
  optionsOf: (index: number) => Partial<NetworkOptions> = () => ({}),
): Promise<Network[]> {
  const networks: Network[] = []
  for (let i = 0; i < count; i++) {
    networks.push(await start({ bootstrap: networks.map(other => other.addrs()[0]!), ...optionsOf(i) }))
  }
  await until('all hear all', () => networks.every(network => hears(network) === count - 1))
  return networks
}

/** How many peers a network gossips with. */
export function hears(network: Network): number {
  return network.peers().filter(peer => peer.topics.length === 3).length
}
