import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { equalBytes } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import { startClient } from '../../network/client.ts'
import type { Log } from '../../network/log.ts'
import { guardWaiting } from '../store/guard.ts'
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
  /** Multiaddrs of nodes to begin with. */
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
 * What a new node does first: it joins by a snapshot if its peers have one, else it learns with which genesis to begin, and whether
 * it has to be careful with its votes. A broken-off join goes on where it was.
 */
export async function beginFromPeers(options: BeginOptions): Promise<'joined' | Uint8Array | undefined> {
  const { store, genesis, trust, log, signal, onStep } = options
  if (genesis === undefined && trust === undefined) return undefined
  onStep({ step: 'asking' })
  for (let times = 1; ; times++) {
    const outcome = await attempt(options)
    if (outcome.outcome === 'joined') return 'joined'
    if (outcome.outcome === 'no-snapshot') {
      if (outcome.epoch > 0 && options.voteKey !== undefined) await store.guard.put(guardWaiting, { sync: true })
      return outcome.genesis
    }
    if (genesis !== undefined && store.join.get() === undefined && mayBegin(options, genesis, times)) {
      log.warn({ error: outcome.error.message }, 'no peer answers: this node begins at the genesis')
      return genesis
    }
    onStep({ step: 'no-peer', problem: outcome.error.message })
    log.warn({ error: outcome.error.message, againMs: joinRetryMs }, 'no peer to join by')
    await sleep(joinRetryMs, undefined, signal && { signal })
  }
}

/** A validator of the genesis may be among the first, for whom the others wait. */
function mayBegin({ voteKey }: BeginOptions, genesis: Uint8Array, times: number): boolean {
  const isFirst = voteKey && decodeGenesis(genesis).validators.some(({ key }) => equalBytes(key, voteKey))
  return isFirst === true || times >= joinTimesMax
}

async function attempt(options: BeginOptions): Promise<JoinOutcome> {
  const signal = options.signal ?? new AbortController().signal
  // A key of its own: the node's peer key is for the network that starts when this has ended.
  const network = await startClient({ peerSeed: randomBytes(32), agent: options.agent })
  try {
    return await joinBySnapshot({ ...options, network, now: Date.now, signal })
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'no-peer') return { outcome: 'no-peer', error }
    throw error
  } finally {
    await network.stop()
  }
}
