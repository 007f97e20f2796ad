import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { accountText } from '../../consensus/account.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { type Names, namesFile } from '../api/names.ts'
import type { Settings } from '../config/settings.ts'
import { createKey } from '../keys/key-file.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { makeFolder } from '../store/folder.ts'
import type { Blueprint, NodePlan } from './blueprint.ts'

export const genesisFile = 'genesis.cbor'
export const configFile = 'config.json'

/** A new folder for a testnet: the one that is given, which must be empty or missing, or one of its own. */
export async function newFolder(given: string | undefined): Promise<string> {
  if (given === undefined) return await mkdtemp(join(tmpdir(), 'openledger-testnet-'))
  const dir = resolve(given)
  await makeFolder(dir)
  if ((await readdir(dir)).length > 0) {
    throw new LedgerError('dir-not-empty', `${dir} is not empty`, { dir }, 'choose a new folder, or delete that one')
  }
  return dir
}

/** Genesis, and for each node a data folder with its keys. */
export async function furnish(dir: string, { genesisBlock, nodes }: Blueprint): Promise<void> {
  await writeFile(join(dir, genesisFile), genesisBlock)
  for (const node of nodes) await furnishNode(dataFolder(dir, node), node)
}

async function furnishNode(data: string, { peerSeed, voteSeed, accountSeed }: NodePlan): Promise<void> {
  const keys = join(data, 'keys')
  await makeFolder(keys)
  // A testnet's keys follow from its seed: a password would guard nothing.
  const unprotected = { unprotected: true } as const
  await createKey(join(keys, 'peer.json'), 'peer', unprotected, peerSeed)
  await createKey(join(keys, 'vote.json'), 'vote', unprotected, voteSeed)
  await createKey(join(keys, 'account.json'), 'account', unprotected, accountSeed)
}

export function dataFolder(dir: string, { name }: NodePlan): string {
  return join(dir, name)
}

/** What changes from one start of a node to the next. */
export interface Addresses {
  readonly listen: readonly string[]
  readonly bootstrap: readonly string[]
  readonly apiPort: number
}

/** Writes how a node is run; answers the file. */
export async function writeNodeConfig(
  data: string,
  { listen, bootstrap, apiPort }: Addresses,
  faultsSeed: number | undefined,
): Promise<string> {
  const api = { api: `127.0.0.1:${apiPort}` }
  const faults = faultsSeed === undefined ? {} : { faultsSeed }
  return await writeSettings(data, { ...nodeSettings({ listen, bootstrap }), ...api, ...faults })
}

/** Of a node whose data folder stands beside the genesis: paths are relative to it. */
export function nodeSettings({ listen, bootstrap }: Pick<Addresses, 'listen' | 'bootstrap'>): Partial<Settings> {
  return {
    data: '.',
    genesis: join('..', genesisFile),
    peerKey: join('keys', 'peer.json'),
    voteKey: join('keys', 'vote.json'),
    accountKey: join('keys', 'account.json'),
    listen: [...listen],
    bootstrap: [...bootstrap],
    log: 'info',
  }
}

export async function writeSettings(data: string, settings: Partial<Settings>): Promise<string> {
  const file = join(data, configFile)
  await writeFile(file, `${JSON.stringify(settings, undefined, 2)}\n`)
  return file
}

/** Puts names where people and nodes look for them: `labels.json` beside the nodes, and names in each data folder. */
export async function writeNames(
  dir: string,
  { nodes }: Blueprint,
  scenario: Scenario,
  labels: Names['labels'],
): Promise<string> {
  const actors = actorAccounts(scenario)
  const validators = nodes.map(({ name, account }) => [name, accountText(account)] as const)
  const names: Names = { actors: { ...Object.fromEntries(validators), ...actors }, labels }
  for (const node of nodes) await writeFile(join(dataFolder(dir, node), namesFile), JSON.stringify(names))
  const file = join(dir, 'labels.json')
  await writeFile(file, `${JSON.stringify(labels)}\n`)
  return file
}

export function actorAccounts({ actors }: Scenario): Readonly<Record<string, string>> {
  return Object.fromEntries([...actors].map(([name, account]) => [name, accountText(account)]))
}
