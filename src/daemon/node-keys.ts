import { join } from 'node:path'
import { LedgerError } from '../../consensus/errors.ts'
import type { NodeConfig } from '../config/node-config.ts'
import { askSecret, givenPassword } from '../config/password.ts'
import { createKey, inspectKey, loadKey } from '../keys/key-file.ts'

export interface NodeSeeds {
  /** 32 bytes each. */
  readonly peerSeed: Uint8Array
  readonly voteSeed?: Uint8Array
  readonly accountSeed?: Uint8Array
}

/** The keys that a node runs with. A peer key is made where there is none: it names the node and guards no money. */
export async function nodeSeeds(config: NodeConfig, password: string | undefined): Promise<NodeSeeds> {
  const peerSeed = await peerKey(config, password)
  const seeds: { voteSeed?: Uint8Array; accountSeed?: Uint8Array } = {}
  if (config.voteKey !== undefined) seeds.voteSeed = (await loadKey(config.voteKey, 'vote', password)).seed
  if (config.accountKey !== undefined) seeds.accountSeed = (await loadKey(config.accountKey, 'account', password)).seed
  return { peerSeed, ...seeds }
}

/** The password of the node's keys: as it is given, or typed by whoever starts the node at a terminal, if a key needs one. */
export async function nodePassword(config: NodeConfig): Promise<string | undefined> {
  const given = await givenPassword(config.passwordFile === undefined ? {} : { file: config.passwordFile })
  if (given !== undefined || !process.stdin.isTTY) return given
  for (const path of [config.voteKey, config.accountKey, config.peerKey ?? ownPeerKey(config.data)]) {
    if (path !== undefined && (await needsPassword(path))) return await askSecret(`Password of ${path}: `)
  }
  return undefined
}

/** What is wrong with a file is told when it's loaded. */
async function needsPassword(path: string): Promise<boolean> {
  return await inspectKey(path).then(
    ({ isProtected }) => isProtected,
    () => false,
  )
}

/** Where the peer key lies that a node makes itself. */
export function ownPeerKey(data: string): string {
  return join(data, 'keys', 'peer.json')
}

async function peerKey({ data, peerKey: given }: NodeConfig, password: string | undefined): Promise<Uint8Array> {
  const path = given ?? ownPeerKey(data)
  try {
    return (await loadKey(path, 'peer', password)).seed
  } catch (error) {
    const isMissing = error instanceof LedgerError && error.code === 'key-missing'
    if (!isMissing || given !== undefined) throw error
  }
  return (await createKey(path, 'peer', password === undefined ? { unprotected: true } : { password })).seed
}
