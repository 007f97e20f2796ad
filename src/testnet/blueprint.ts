import type { Amount } from '../../consensus/amount.ts'
import { toKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import { encodeGenesis, type Genesis, newGenesis } from '../../consensus/genesis.ts'
import { testnetParams } from '../../consensus/params.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { type SigningKey, signingKey } from '../crypto/signing-key.ts'
import { deriveSeed } from '../keys/derive-seed.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** Everything about a testnet that is known before a process runs. */
export interface Blueprint {
  readonly seed: number
  readonly genesis: Genesis
  readonly genesisBlock: Uint8Array
  /** Its CID. */
  readonly chain: Cid
  readonly nodes: readonly NodePlan[]
}

export interface NodePlan {
  readonly name: string
  /** Seeds of keys, 32 bytes each. */
  readonly peerSeed: Uint8Array
  readonly voteSeed: Uint8Array
  readonly accountSeed: Uint8Array
  /** Public key of the account it validates for, 32 bytes. */
  readonly account: Uint8Array
}

export const testnetNodesMax = 100

export interface BlueprintOptions {
  readonly nodes: number
  readonly epochMs: number
  readonly seed: number
  readonly scenario: Scenario
  /** Milliseconds since 1970. */
  readonly time: number
}

/** µOPEN, for every validator the same. */
const stake: Amount = 10_000_000_000
const commission = 100_000

export function drawBlueprint({ nodes: count, epochMs, seed, scenario, time }: BlueprintOptions): Blueprint {
  const nodes = Array.from({ length: count }, (_, i) => planNode(seed, `node${i}`))
  const genesis = newGenesis({
    name: `testnet-${seed}`,
    time,
    params: { ...testnetParams, epochMs },
    accounts: [...scenario.funds].map(([actor, amount]) => [toKey(scenario.actors.get(actor)!), amount]),
    validators: nodes.map(({ name, account, voteSeed }) => ({
      account: toKey(account),
      key: signingKey(voteSeed).publicKey,
      stake,
      commission,
      name,
    })),
  })
  const genesisBlock = encodeGenesis(genesis)
  return { seed, genesis, genesisBlock, chain: Cid.of(nativeCrypto, genesisBlock), nodes }
}

/** Whoever is named has a node of its own, elected at the genesis or not. */
export function planNode(seed: number, name: string): NodePlan {
  // An actor may have a node's name: its account must not be the same.
  const accountSeed = deriveSeed(seed, 'account', `validator ${name}`)
  return {
    name,
    peerSeed: deriveSeed(seed, 'peer', name),
    voteSeed: deriveSeed(seed, 'vote', name),
    accountSeed,
    account: signingKey(accountSeed).publicKey,
  }
}

/** Keys of a scenario's actors, to sign records or to vote with, each derived once. */
export function actorKeys(seed: number, purpose: 'account' | 'vote' = 'account'): (actor: string) => SigningKey {
  const keys = new Map<string, SigningKey>()
  return actor => {
    const known = keys.get(actor)
    if (known !== undefined) return known
    const key = signingKey(deriveSeed(seed, purpose, actor))
    keys.set(actor, key)
    return key
  }
}
