import type { Cid } from '../../consensus/cid.ts'
import { InvariantError, LedgerError } from '../../consensus/errors.ts'
import { refText } from '../../consensus/ref.ts'
import type { EpochStatus, NodeView } from '../api/node-view.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { BatchWriter, type ChainHead } from './batch-writer.ts'
import { NodePool } from './node-pool.ts'
import { Outbox } from './outbox.ts'
import type { Scenario } from './scenario.ts'
import { Schedule } from './schedule.ts'
import { Tally } from './tally.ts'

export interface RunOptions {
  readonly scenario: Scenario
  /** Genesis CID. */
  readonly chain: Cid
  /** Nodes of one network, at least one. */
  readonly nodes: readonly NodeView[]
  keyOf(actor: string): SigningKey
  voteKeyOf?(actor: string): SigningKey
  /** The newest final epoch. */
  readonly epoch: number
  /** Where authors' chains stand that aren't new. */
  readonly heads?: ReadonlyMap<string, ChainHead>
  readonly signal?: AbortSignal
  /** After each final epoch. */
  readonly onEpoch?: (epoch: EpochStatus, tally: Tally) => void
  /** How long a batch may take before it is sent to another node as well. */
  readonly resendAfterMs?: number
  /** How long the network may stand still before the run is given up. */
  readonly stalledAfterMs?: number
}

export interface RunResult {
  readonly tally: Tally
  /** The newest final epoch seen. */
  readonly epoch: number
  /** Label → `<cid>/<index>` */
  readonly labels: Readonly<Record<string, string>>
  /** `<cid>/<index>` of each action's record. */
  readonly refs: readonly string[]
}

const resendAfterMsDefault = 15_000
const stalledAfterMsDefault = 300_000
/** Bodies under way. A node's mempool is bounded; what is beyond is written when there is room. */
const outboxBytesMax = 32 * 1024 * 1024

/** Plays a scenario through the nodes of a network until every line is final. */
export async function runScenario(options: RunOptions): Promise<RunResult> {
  return await new Run(options).play()
}

class Run {
  readonly #options: RunOptions
  readonly #signal: AbortSignal
  readonly #schedule: Schedule
  readonly #writer: BatchWriter
  readonly #pool: NodePool
  readonly #outbox: Outbox
  readonly #tally = new Tally()
  #epoch: number
  #movedMs = Date.now()

  constructor(options: RunOptions) {
    const { scenario, nodes, resendAfterMs = resendAfterMsDefault } = options
    this.#options = options
    this.#signal = options.signal ?? new AbortController().signal
    this.#schedule = new Schedule(scenario.actions)
    this.#writer = new BatchWriter({ ...options, keyOf: actor => options.keyOf(actor), schedule: this.#schedule })
    this.#pool = new NodePool(nodes)
    this.#outbox = new Outbox(this.#pool, resendAfterMs)
    this.#epoch = options.epoch
  }

  async play(): Promise<RunResult> {
    while (!this.#schedule.done) {
      this.#signal.throwIfAborted()
      this.#write()
      await this.#outbox.flush(Date.now())
      await this.#follow()
    }
    const { actions, labels } = this.#options.scenario
    const refs = actions.map((_, action) => refText(this.#writer.refOf(action)))
    const labelled = [...labels].map(([label, action]) => [label, refs[action]!])
    return { tally: this.#tally, epoch: this.#epoch, labels: Object.fromEntries(labelled), refs }
  }

  /** Writes all that is ready, as far as there is room. */
  #write(): void {
    for (const author of this.#schedule.takeAwake()) {
      while (this.#outbox.bytes < outboxBytesMax) {
        const batch = this.#writer.write(author, this.#epoch, Date.now())
        if (batch === undefined) break
        const written = batch.actions.filter(action => action !== undefined).length
        this.#tally.submitted += written
        this.#tally.vouchers += batch.actions.length - written
        this.#outbox.put(batch)
      }
      if (this.#schedule.ready(author) !== undefined) this.#schedule.wake(author)
    }
    if (this.#outbox.size === 0) throw new InvariantError('runner', 'nothing is under way and not everything is final')
  }

  async #follow(): Promise<void> {
    const epoch = await this.#pool.epoch(this.#epoch + 1, this.#signal)
    if (epoch !== undefined) this.#settle(epoch)
    else if (Date.now() - this.#movedMs > (this.#options.stalledAfterMs ?? stalledAfterMsDefault)) {
      const message = `no epoch after ${this.#epoch} became final for too long`
      throw new LedgerError('stalled', message, { epoch: this.#epoch }, "see the nodes' logs")
    }
  }

  #settle(epoch: EpochStatus): void {
    this.#epoch = epoch.epoch
    this.#movedMs = Date.now()
    for (const final of epoch.batches) {
      const settled = this.#outbox.settle(final)
      for (const [i, action] of settled?.batch.actions.entries() ?? []) {
        if (action === undefined) continue
        this.#schedule.settle(action)
        this.#tally.settle(this.#options.scenario.actions[action]!, settled!.codes[i]!)
      }
    }
    this.#options.onEpoch?.(epoch, this.#tally)
  }
}
