import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { toKey } from '../../consensus/bytes.ts'
import { encodeGenesis, newGenesis } from '../../consensus/genesis.ts'
import { testnetParams } from '../../consensus/params.ts'
import type { NodeConfig } from '../config/node-config.ts'
import { createKey, type LoadedKey, loadKey } from '../keys/key-file.ts'
import type { KeyKind } from '../keys/key-kind.ts'
import { writeFileAtomic } from '../store/atomic-file.ts'
import { makeFolder } from '../store/folder.ts'
import { databaseFolder } from '../store/store.ts'

/** What a development network is made of, in the data folder. */
const folder = 'development'
const files = { genesis: 'genesis.cbor', voteKey: 'vote.json', account: 'account.json' } as const

/** µOPEN. */
const stake = 10_000_000_000
const funds = 1_000_000_000_000
const commission = 100_000

/**
 * A node that was told of no network makes one of its own: one validator, and one funded account whose key lies beside the
 * genesis. Undefined where the configuration or the folder belongs to another network.
 */
export async function developmentConfig(config: NodeConfig): Promise<NodeConfig | undefined> {
  if (
    config.genesis !== undefined ||
    config.trust !== undefined ||
    config.voteKey !== undefined ||
    config.bootstrap.length > 0
  )
    return undefined
  const dir = join(config.data, folder)
  if (!(await exists(join(dir, files.genesis)))) {
    if (await isBegun(config.data)) return undefined
    await makeDevelopment(dir)
  }
  return {
    ...config,
    genesis: join(dir, files.genesis),
    voteKey: join(dir, files.voteKey),
    accountKey: join(dir, files.account),
  }
}

/** Whether the folder holds a ledger. */
export function isBegun(data: string): Promise<boolean> {
  return exists(join(data, databaseFolder))
}

/** The key file of the funded account. */
export function developmentAccount(data: string): string {
  return join(data, folder, files.account)
}

async function makeDevelopment(dir: string): Promise<void> {
  await makeFolder(dir, 0o700)
  const vote = await keyIn(join(dir, files.voteKey), 'vote')
  const account = await keyIn(join(dir, files.account), 'account')
  const owner = toKey(account.publicKey)
  const genesis = newGenesis({
    name: 'development',
    time: Date.now(),
    params: testnetParams,
    accounts: [[owner, funds]],
    validators: [{ account: owner, key: vote.publicKey, stake, commission, name: 'development' }],
  })
  // Last: where it is, the rest is.
  await writeFileAtomic(join(dir, files.genesis), encodeGenesis(genesis), { mode: 0o600, existing: 'refuse' })
}

/** These keys guard play money on one machine, and nobody is there to type a password. A start that was cut off has left some. */
async function keyIn(path: string, kind: KeyKind): Promise<LoadedKey> {
  return (await exists(path)) ? await loadKey(path, kind) : await createKey(path, kind, { unprotected: true })
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
