import type { TimeoutsMs } from '../../consensus/agreement/timeouts.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { startNetwork } from '../../network/host.ts'
import type { Log } from '../../network/log.ts'
import type { Network, NetworkOptions } from '../../network/network.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { type SigningKey, signingKey } from '../crypto/signing-key.ts'
import { EngineClient } from '../engine/engine-client.ts'
import { beginFromPeers } from '../join/begin.ts'
import type { JoinStep } from '../join/join-step.ts'
import type { Store } from '../store/store.ts'
import { readChainHead } from './chain-head.ts'
import { type Clock, systemClock } from './clock.ts'
import { expectPlausibleClock } from './clock-check.ts'
import { readKnownPeers } from './known-peers.ts'
import { type Beginning, beginLedger } from './open-ledger.ts'

export interface NodeOptions {
  /** Data folder. */
  readonly dir: string
  /** Of that folder. The node's own from here on: it is closed with it, or when the start fails. */
  readonly store: Store
  /** Genesis block; needed where the folder is new. */
  readonly genesis?: Uint8Array
  /** Seed of the peer key, 32 bytes. */
  readonly peerSeed: Uint8Array
  /** Seed of the vote key, 32 bytes; absent: the node doesn't vote. */
  readonly voteSeed?: Uint8Array
  /** Seed of the account that reports offences, 32 bytes; absent: it reports none. */
  readonly accountSeed?: Uint8Array
  readonly listen: readonly string[]
  readonly announce?: readonly string[]
  readonly bootstrap: readonly string[]
  /** How a new folder gets the ledger: by a snapshot of peers where there is one (the default), or by executing all epochs. */
  readonly sync?: 'snapshot' | 'full'
  /** CID of a genesis or checkpoint that the operator vouches for: what a new folder begins with. */
  readonly trust?: Cid
  /** Ends a start that waits for peers. */
  readonly signal?: AbortSignal
  /** Told how far it is while it joins. */
  readonly onJoin?: (step: JoinStep) => void
  /** After how many epochs a snapshot is kept, instead of what the genesis says. */
  readonly snapshotEvery?: number
  /** Connections that the node looks for by itself. */
  readonly peersTarget?: number
  /** Version text for peers. */
  readonly agent: string
  readonly log: Log
  /** Makes fault injection available, for testnets. */
  readonly faults?: { readonly seed: number }
  /** Other than the defaults: shorter for tests. */
  readonly timeoutsMs?: TimeoutsMs
}

/** What the node answers peers with. */
export type Wiring = Pick<NetworkOptions, 'handlers' | 'gossip'>

/** What a node stands on: everything around it that takes time or can fail. */
export interface NodeParts {
  readonly store: Store
  readonly chain: Cid
  readonly engine: Pick<EngineClient, 'execute' | 'commit' | 'close' | 'failed'>
  /** Called once, when the node can answer. */
  readonly openNetwork: (wiring: Wiring) => Promise<Network>
  /** Absent: the node doesn't vote. */
  readonly voteKey: SigningKey | undefined
  /** Absent: the node reports no offences. */
  readonly account?: SigningKey | undefined
  readonly clock: Clock
  readonly crypto: Crypto
  /** Version text for peers. */
  readonly agent: string
  readonly log: Log
  readonly timeoutsMs: TimeoutsMs | undefined
  /** After how many epochs a snapshot is kept, instead of what the genesis says. */
  readonly snapshotEvery?: number | undefined
}

/** Begins the ledger and opens its engine; the network comes last. The store is closed if a step fails. */
export async function openParts(options: NodeOptions): Promise<NodeParts> {
  const { dir, store, genesis, voteSeed, accountSeed, agent, log, timeoutsMs } = options
  const chain = await beginLedger(store, dir, genesis, joining(options))
  try {
    expectPlausibleClock(readChainHead(store).time, systemClock.now())
    return {
      store,
      chain,
      engine: await EngineClient.start(dir, chain),
      openNetwork: wiring =>
        startNetwork({ ...networkOptions(options, chain), known: readKnownPeers(store), ...wiring }),
      voteKey: voteSeed === undefined ? undefined : signingKey(voteSeed),
      account: accountSeed === undefined ? undefined : signingKey(accountSeed),
      clock: systemClock,
      crypto: nativeCrypto,
      agent,
      log,
      timeoutsMs,
      snapshotEvery: options.snapshotEvery,
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function joining(options: NodeOptions): Beginning {
  const { bootstrap: addrs, genesis, voteSeed, sync = 'snapshot', trust, agent, log, signal, onJoin } = options
  const voteKey = voteSeed && signingKey(voteSeed).publicKey
  const onStep = onJoin ?? (() => {})
  const given = { genesis, trust, sync, addrs, voteKey, agent, log, signal, onStep }
  return store => beginFromPeers({ store, crypto: nativeCrypto, ...given })
}

function networkOptions(options: NodeOptions, chain: Cid): Omit<NetworkOptions, keyof Wiring | 'known'> {
  const { peerSeed, listen, announce, bootstrap, peersTarget, agent, log, faults } = options
  return {
    chain,
    peerSeed,
    crypto: nativeCrypto,
    listen,
    ...(announce === undefined ? {} : { announce }),
    bootstrap,
    ...(peersTarget === undefined ? {} : { peersTarget }),
    agent,
    log,
    ...(faults === undefined ? {} : { faults }),
  }
}

/** In reverse order. */
export async function closeParts({ engine, store }: Pick<NodeParts, 'engine' | 'store'>): Promise<void> {
  await engine.close()
  await store.close()
}
