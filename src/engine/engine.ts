import { getHeapStatistics } from 'node:v8'
import { encodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { fromKey, toHex, toKey } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { cutValue } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { type EpochResult, executeEpoch } from '../../consensus/ledger/execute.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { Store } from '../store/store.ts'
import { cutParts } from './cut-parts.ts'
import { openEpoch } from './epoch-opening.ts'
import { epochWrite } from './epoch-write.ts'
import type {
  CommitOrder,
  CommittedEpoch,
  EpochWork,
  ExecutedEpoch,
  ExecuteOrder,
  FinalizedBatch,
} from './executed-epoch.ts'

/** Results kept by cut: the own proposal, and those of a few rounds. */
const resultsMax = 3

interface Executed {
  readonly result: EpochResult
  readonly executeMs: number
  /** Settles when the epoch's batches are on the disk. */
  readonly synced: Promise<void>
}

/** Executes cuts on the head of a store and writes the one that was decided. One call at a time. */
export class Engine {
  readonly #store: Store
  readonly #chain: Cid
  readonly #crypto: Crypto
  readonly #results = new Map<string, Executed>()

  constructor(store: Store, chain: Cid, crypto = nativeCrypto) {
    this.#store = store
    this.#chain = chain
    this.#crypto = crypto
  }

  /** T4: throws CutError where the cut breaks a rule, MissingBatchError where a batch isn't here. */
  async execute(order: ExecuteOrder): Promise<ExecutedEpoch> {
    const { result } = await this.#result(order)
    return {
      batchesRoot: result.batchesRoot,
      flowRoot: result.flowRoot,
      payoutRoot: result.payoutRoot,
      stateRoot: result.stateRoot,
      totals: result.totals,
      usage: result.usage,
      validators: Cid.of(this.#crypto, encodeValidatorSet(result.validators)).bytes,
      nextValidators: Cid.of(this.#crypto, encodeValidatorSet(result.nextValidators)).bytes,
      params: Cid.of(this.#crypto, encode(result.params as unknown as Value)).bytes,
    }
  }

  /** Writes the epoch in one atomic, synced batch. The caller has checked checkpoint and certificate against the result. */
  async commit(order: CommitOrder): Promise<CommittedEpoch> {
    const { epoch, cut, checkpoint, certificate, lastCertificate } = order
    const { result, executeMs, synced } = await this.#result(order)
    const record = { checkpoint, certificate, cut: encode(cutValue(cut)) }
    const beganMs = performance.now()
    await this.#store.commitEpoch(epochWrite(result, record, epoch, lastCertificate), synced)
    const work = workOf(result, executeMs, performance.now() - beganMs)
    this.#results.clear()
    const finalized = result.outcomes.map(
      ({ author, seq, batch }): FinalizedBatch => ({ author, seq, batch: batch.bytes }),
    )
    const rivals = await this.#store.dropVoid(
      result.outcomes.map(({ author, seq, batch }) => ({ author: fromKey(author), seq, batch })),
    )
    const voided = rivals.map(({ author, seq, batch }) => ({ author: toKey(author), seq, batch: batch.bytes }))
    return { work, finalized, voided }
  }

  async #result(order: ExecuteOrder): Promise<Executed> {
    const key = orderKey(order)
    const known = this.#results.get(key)
    if (known !== undefined) return known
    // What the order names was written before it came: the disk has the time of the execution for it.
    const synced = this.#store.sync()
    // Whoever commits hears of a failure.
    synced.catch(() => {})
    const beganMs = performance.now()
    const result = await this.#run(order)
    const executed: Executed = { result, executeMs: performance.now() - beganMs, synced }
    if (this.#results.size >= resultsMax) this.#results.delete(this.#results.keys().next().value!)
    this.#results.set(key, executed)
    return executed
  }

  async #run({ epoch, cut, lastCertificate }: ExecuteOrder): Promise<EpochResult> {
    const { view, lastSigners } = await openEpoch(this.#store, epoch, lastCertificate)
    try {
      if (view.head?.epoch !== epoch - 1) {
        throw new LedgerError('stale-epoch', `epoch ${epoch} can't be executed on epoch ${view.head?.epoch}`)
      }
      const parts = cutParts(this.#store, view.state, this.#chain, cut)
      const input = { chain: this.#chain, epoch, parts, lastSigners }
      return executeEpoch(this.#crypto, view.state, view.pages, input)
    } finally {
      await view.close()
    }
  }
}

function workOf(result: EpochResult, executeMs: number, writeMs: number): EpochWork {
  const records: Record<number, number> = {}
  for (const { codes } of result.outcomes) for (const code of codes) records[code] = (records[code] ?? 0) + 1
  let pageBytes = 0
  for (const page of result.pages.values()) pageBytes += page?.length ?? 0
  const { state, pages, flows, payouts } = result
  const counts = { cells: state.size, pages: pages.size, flows: flows.length, payouts: payouts.length }
  const { total_heap_size: heapBytes } = getHeapStatistics()
  return { executeMs, writeMs, records, ...counts, pageBytes, heapBytes }
}

/** Two orders that come to the same have the same key. */
function orderKey({ epoch, cut, lastCertificate }: ExecuteOrder): string {
  return `${epoch}/${toHex(nativeCrypto.sha256(encode([cutValue(cut), lastCertificate])))}`
}
