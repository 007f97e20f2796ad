import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { outcomesPageMax } from '../../network/limits.ts'
import type { Handlers } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchesRequest, BatchFrame } from '../../network/protocols/batches.ts'
import type { CheckpointFrame, CheckpointsRequest } from '../../network/protocols/checkpoints.ts'
import type { OutcomesPage, OutcomesRequest } from '../../network/protocols/outcomes.ts'
import type { Role } from '../../network/protocols/status.ts'
import type { SubmitAnswer } from '../../network/protocols/submit.ts'
import { OneByOne } from '../proofs/one-by-one.ts'
import type { Prover } from '../proofs/prover.ts'
import { eachFinalBatch } from '../query/final-batches.ts'
import type { SnapshotKeeper } from '../snapshots/snapshot-keeper.ts'
import type { Store } from '../store/store.ts'
import type { AgreementHost } from './agreement-host.ts'
import type { Ingest, IngestOutcome } from './ingest.ts'
import type { Ledger } from './ledger.ts'
import { serveGenesis, serveHeaders } from './serving-light.ts'

export interface ServingParts {
  readonly ledger: Ledger
  readonly ingest: Ingest
  readonly prover: Prover
  readonly snapshots: SnapshotKeeper
  readonly agreement: () => AgreementHost
  readonly role: Role
  readonly agent: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Gossips a batch that was submitted here. */
  readonly onSubmitted: (frame: BatchFrame, author: Uint8Array, from: PeerText) => void
}

/** What peers ask, answered from the store and the agreement. Bounds are the protocols'. */
export function protocolHandlers(parts: ServingParts): Handlers {
  const { ledger, role, agent, agreement } = parts
  const outcomes = new EpochOutcomes(ledger)
  return {
    status: () => {
      const { epoch, cid } = ledger.head
      const round = agreement().round
      const time = parts.now()
      return { chain: ledger.chain, epoch, checkpoint: cid, role, agent, ...(round === null ? {} : { round }), time }
    },
    batches: request => serveBatches(ledger.store, request),
    checkpoints: request => serveCheckpoints(ledger.store, request),
    outcomes: (request, _peer, signal) => outcomes.page(request, signal),
    votes: request => agreement().answer(request),
    submit: (frame, peer) => takeSubmitted(parts, frame, peer),
    proof: (request, _peer, signal) => parts.prover.ask(request, signal),
    headers: request => serveHeaders(ledger.store, request),
    genesis: request => serveGenesis(ledger, request),
    snapshots: () => parts.snapshots.offers(),
    state: request => parts.snapshots.chunk(request),
  }
}

async function* serveBatches(store: Store, request: BatchesRequest): AsyncGenerator<BatchFrame> {
  if ('cids' in request) {
    for (const cid of request.cids) yield* frameOf(store, cid)
    return
  }
  for await (const { batch } of store.authors.range(request.author, request.from, request.to))
    yield* frameOf(store, batch)
}

function* frameOf(store: Store, batch: Cid): Generator<BatchFrame> {
  const stored = store.batches.get(batch)
  const body = store.batches.body(batch)
  if (stored !== undefined && body !== undefined) yield { header: stored.header, signature: stored.signature, body }
}

/**
 * Of the epoch of a snapshot that a node joined by, it has the signatures, which the next one names, and no cut. Only an asker who has
 * that epoch as its head begins with it.
 */
async function* serveCheckpoints(store: Store, { from, to }: CheckpointsRequest): AsyncGenerator<CheckpointFrame> {
  if (from < store.first() - 1) return
  for await (const { checkpoint, certificate, cut } of store.epochs.range(from, to))
    yield { checkpoint, certificate, cut }
}

/** Digests of what became of an epoch's batches; of the epoch asked for last, since an asker takes page after page. */
class EpochOutcomes {
  readonly #ledger: Ledger
  readonly #turns = new OneByOne()
  #epoch: number | undefined
  #digests = new Uint8Array(0)

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  async page({ epoch, from }: OutcomesRequest, signal: AbortSignal): Promise<OutcomesPage> {
    if (epoch > this.#ledger.head.epoch || epoch < this.#ledger.store.first()) return new Uint8Array(0)
    const digests = await this.#turns.run(() => this.#of(epoch), signal)
    return digests.subarray(32 * from, 32 * (from + outcomesPageMax))
  }

  async #of(epoch: number): Promise<Uint8Array> {
    if (epoch === this.#epoch) return this.#digests
    const { crypto, store } = this.#ledger
    const digests: Uint8Array[] = []
    for await (const { outcome } of eachFinalBatch(store, epoch)) digests.push(crypto.sha256(outcome.codes))
    this.#digests = new Uint8Array(32 * digests.length)
    for (const [i, digest] of digests.entries()) this.#digests.set(digest, 32 * i)
    this.#epoch = epoch
    return this.#digests
  }
}

const submitOutcomes: Readonly<Record<IngestOutcome, SubmitAnswer>> = {
  added: { outcome: 'accepted' },
  known: { outcome: 'known' },
  final: { outcome: 'known' },
  void: { outcome: 'refused', message: 'another batch of this author and seq is final' },
  full: { outcome: 'busy', message: 'too much is pending here' },
  'author-full': { outcome: 'busy', message: 'too much of this author is pending' },
  'too-many-rivals': { outcome: 'refused', message: 'too many batches of this author and seq' },
}

async function takeSubmitted(parts: ServingParts, frame: BatchFrame, peer: PeerText): Promise<SubmitAnswer> {
  try {
    const { outcome, batch } = await parts.ingest.take(frame, { durable: true })
    if (outcome === 'added') parts.onSubmitted(frame, batch.author, peer)
    return submitOutcomes[outcome]
  } catch (error) {
    if (error instanceof LedgerError) return { outcome: 'refused', message: error.message }
    throw error
  }
}
