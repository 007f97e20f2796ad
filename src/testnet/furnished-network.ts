import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { equalBytes } from '../../consensus/bytes.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { decodeGenesis, encodeGenesis } from '../../consensus/genesis.ts'
import { peerKey } from '../../network/peer-key.ts'
import { p2pPort } from '../config/settings.ts'
import { readActedScenario } from './acted-scenario.ts'
import { type Blueprint, drawBlueprint, type NodePlan } from './blueprint.ts'
import {
  configFile,
  dataFolder,
  furnish,
  genesisFile,
  newFolder,
  nodeSettings,
  writeNames,
  writeSettings,
} from './folder.ts'

/** Each has a machine, or a container, of its own. */
const listenAddr = `/ip4/0.0.0.0/tcp/${p2pPort}`

export interface NetworkOptions {
  readonly dir: string
  readonly nodes: number
  readonly epochMs: number
  readonly seed: number
  /** Whose actors have funds; none: the sample. */
  readonly scenarios: readonly string[]
  /** Names or addresses of the machines, one for each node; none: the nodes' own names. */
  readonly hosts: readonly string[]
  /** Milliseconds since 1970, of the genesis. */
  readonly time: number
  /** Whether a network that is there already is left as it is. */
  readonly keep: boolean
}

export interface FurnishedNetwork {
  readonly dir: string
  readonly genesis: string
  /** Whether it was there before. */
  readonly kept: boolean
  readonly nodes: readonly { readonly name: string; readonly config: string; readonly addr: string }[]
}

/** A network of validators for machines that are started by somebody else: genesis, and a data folder with keys and config for each. */
export async function furnishNetwork(options: NetworkOptions): Promise<FurnishedNetwork> {
  const { nodes: count, epochMs, seed, time, hosts, keep } = options
  if (hosts.length > 0 && hosts.length !== count)
    throw new LedgerError('hosts', `hosts: expected one for each of ${count} nodes, got ${hosts.length}`)
  const { scenario } = await readActedScenario(options.scenarios, seed)
  const blueprint = drawBlueprint({ nodes: count, epochMs, seed, scenario, time })
  const addrs = await Promise.all(blueprint.nodes.map((node, i) => addrOf(node, hosts[i] ?? node.name)))
  const dir = resolve(options.dir)
  const kept = keep && (await holds(dir, blueprint))
  if (!kept) {
    await newFolder(dir)
    await furnish(dir, blueprint)
    for (const [i, node] of blueprint.nodes.entries()) {
      const bootstrap = addrs.filter((_, other) => other !== i)
      await writeSettings(dataFolder(dir, node), nodeSettings({ listen: [listenAddr], bootstrap }))
    }
    await writeNames(dir, blueprint, scenario, {})
  }
  const nodes = blueprint.nodes.map((node, i) => {
    return { name: node.name, config: join(dataFolder(dir, node), configFile), addr: addrs[i]! }
  })
  return { dir, genesis: join(dir, genesisFile), kept, nodes }
}

async function addrOf({ peerSeed }: NodePlan, host: string): Promise<string> {
  const { peer } = await peerKey(peerSeed)
  const protocol = { 0: 'dns4', 4: 'ip4', 6: 'ip6' }[isIP(host)]
  return `/${protocol}/${host}/tcp/${p2pPort}/p2p/${peer}`
}

/** Whether the folder has this network already, but for the time of its genesis. Throws where it has another one. */
async function holds(dir: string, { genesis }: Blueprint): Promise<boolean> {
  const file = join(dir, genesisFile)
  const block = await readFile(file).catch(() => undefined)
  if (block === undefined) return false
  const { time } = decodeGenesis(new Uint8Array(block))
  if (equalBytes(encodeGenesis({ ...genesis, time }), new Uint8Array(block))) return true
  throw new LedgerError(
    'dir-not-empty',
    `${dir} holds another network`,
    { dir },
    'choose a new folder, or delete that one',
  )
}
