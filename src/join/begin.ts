import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { equalBytes } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import { startClient } from '../../network/client.ts'
import type { Log } from '../../network/log.ts'
import { guardFresh, guardWaiting, readFresh } from '../store/guard.ts'
import type { Store } from '../store/store.ts'
import type { JoinStep } from './join-step.ts'
import { joinRetryMs, joinTimesMax } from './limits.ts'
import { type JoinOutcome, joinBySnapshot } from './snapshot-join.ts'

export interface BeginOptions {
  /** Without a head. */
  readonly store: Store
  readonly crypto: Crypto
  readonly genesis: Uint8Array | undefined
  readonly trust: Cid | undefined
  readonly sync: 'snapshot' | 'full'
  /** Multiaddrs of nodes to begin with; none for a node that was told of nobody. */
  readonly addrs: readonly string[]
  /** 32 bytes; undefined for a node that doesn't vote. */
  readonly voteKey: Uint8Array | undefined
  readonly agent: string
  readonly log: Log
  readonly signal: AbortSignal | undefined
  /** Told of each step. */
  readonly onStep: (step: JoinStep) => void
}

/**
 * What a new node does first: where it was told of peers, it joins by a snapshot if they have one, else it learns with which genesis to
 * begin, and whether it has to be careful with its votes. A broken-off join goes on where it was.
 */
export async function beginFromPeers(options: BeginOptions): Promise<'joined' | Uint8Array | undefined> {
  const { store, genesis, trust, addrs, log, signal, onStep } = options
  if (addrs.length === 0 || (genesis === undefined && trust === undefined)) {
    if (genesis !== undefined) await guardBeginning(options, genesis, 0)
    return genesis
  }
  onStep({ step: 'asking' })
  for (let times = 1; ; times++) {
    const outcome = await attempt(options)
    if (outcome.outcome === 'joined') return 'joined'
    if (outcome.outcome === 'no-snapshot') {
      await guardBeginning(options, outcome.genesis, outcome.epoch)
      return outcome.genesis
    }
    if (genesis !== undefined && store.join.get() === undefined && mayBegin(options, genesis, times)) {
      log.warn({ error: outcome.error.message }, 'no peer shows the way: this node begins at the genesis')
      await guardBeginning(options, genesis, outcome.epoch)
      return genesis
    }
    onStep({ step: 'no-peer', problem: outcome.error.message })
    log.warn({ error: outcome.error.message, againMs: joinRetryMs }, 'no peer to join by')
    await sleep(joinRetryMs, undefined, signal && { signal })
  }
}

function mayBegin(options: BeginOptions, genesis: Uint8Array, times: number): boolean {
  return isOfGenesis(options, genesis) || times >= joinTimesMax
}

/** A validator of the genesis may be among the first, for whom the others wait. */
function isOfGenesis({ voteKey }: BeginOptions, genesis: Uint8Array): boolean {
  return voteKey !== undefined && decodeGenesis(genesis).validators.some(({ key }) => equalBytes(key, voteKey))
}

/** T7, before the store has a head: nothing here tells whether the vote key's owner signed with it before. */
async function guardBeginning(options: BeginOptions, genesis: Uint8Array, peersEpoch: number): Promise<void> {
  const { store, voteKey } = options
  if (voteKey === undefined) return
  const isFirst = peersEpoch === 0 && isOfGenesis(options, genesis)
  const held = store.guard.get()
  // A start that was broken off may have learnt more.
  const isWaiting = held !== undefined && readFresh(held) === undefined
  await store.guard.put(isFirst && !isWaiting ? guardFresh(Date.now()) : guardWaiting, { sync: true })
}

async function attempt(options: BeginOptions): Promise<JoinOutcome> {
  const signal = options.signal ?? new AbortController().signal
  // A key of its own: the node's peer key is for the network that starts when this has ended.
  const network = await startClient({ peerSeed: randomBytes(32), agent: options.agent })
  try {
    return await joinBySnapshot({ ...options, network, now: Date.now, signal })
  } finally {
    await network.stop()
  }
}
