import { decodeCheckpoint } from '../../../consensus/checkpoint.ts'
import type { Log } from '../../../network/log.ts'
import { breathe } from '../../proofs/breathe.ts'
import type { Store } from '../../store/store.ts'
import { Economy, type EconomyFigures, fundingDays } from './economy.ts'
import type { EconomyFile } from './economy-file.ts'
import { UsageReader } from './epoch-usage.ts'

export interface FollowerOptions {
  readonly store: Store
  readonly file: EconomyFile
  readonly log: Log
  /** While the node has more urgent work, the counting waits for the poke that comes after it. */
  readonly isBusy?: () => boolean
  /** Epochs after which what was counted is kept: so many are read again after a crash. */
  readonly keepEvery?: number
}

const keepEveryDefault = 1_000
const dayMs = 86_400_000

/** Counts each final epoch once, in the background: first those that a restart left out, then each as it comes. */
export class EconomyFollower {
  readonly #options: FollowerOptions
  readonly #reader: UsageReader
  readonly #keepEvery: number
  #economy = new Economy()
  #next = 0
  #keptEpoch = 0
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#reader = new UsageReader(options.store)
    this.#keepEvery = options.keepEvery ?? keepEveryDefault
  }

  figures(): EconomyFigures {
    return this.#economy.figures()
  }

  /** An epoch has become final, the node has just started, or somebody wants to read the figures. */
  poke(): void {
    if (!this.#stopping.signal.aborted) this.#running ??= this.#run()
  }

  /** Ends the counting and keeps what was counted. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#keep()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const { isBusy = () => false } = this.#options
    try {
      await this.#begin()
      while (!signal.aborted && !isBusy() && this.#next <= this.#headEpoch) await this.#count()
    } catch (error) {
      if (signal.aborted) return
      // Nothing rests on these figures: the node goes on, and the next final epoch tries again.
      this.#options.log.warn({ epoch: this.#next, error: (error as Error).message }, 'the economy could not be counted')
    } finally {
      this.#running = undefined
    }
  }

  /** Where the last run ended; where nothing was kept, as far back as the figures look. */
  async #begin(): Promise<void> {
    if (this.#next > 0) return
    const kept = await this.#options.file.read()
    if (kept !== undefined && kept.epoch <= this.#headEpoch) {
      this.#economy = kept
      this.#keptEpoch = kept.epoch
      this.#next = kept.epoch + 1
    } else this.#next = this.#firstInWindow()
  }

  async #count(): Promise<void> {
    const usage = await this.#reader.read(this.#next, this.#stopping.signal)
    if (usage !== undefined) this.#economy.add(usage)
    this.#next++
    if (this.#economy.epoch - this.#keptEpoch >= this.#keepEvery) await this.#keep()
    await breathe()
  }

  async #keep(): Promise<void> {
    if (this.#economy.epoch <= this.#keptEpoch) return
    try {
      await this.#options.file.write(this.#economy)
    } catch (error) {
      this.#options.log.warn({ error: (error as Error).message }, 'what was counted of the economy could not be kept')
    }
    this.#keptEpoch = this.#economy.epoch
  }

  get #headEpoch(): number {
    return this.#options.store.head()?.epoch ?? 0
  }

  /** Times ascend with the epochs (T10), and what the store lacks is old. */
  #firstInWindow(): number {
    const newest = this.#timeOf(this.#headEpoch)
    if (newest === undefined) return 1
    let [before, first] = [0, this.#headEpoch]
    while (first - before > 1) {
      const middle = Math.floor((before + first) / 2)
      const time = this.#timeOf(middle)
      if (time !== undefined && time > newest - fundingDays * dayMs) first = middle
      else before = middle
    }
    return first
  }

  #timeOf(epoch: number): number | undefined {
    const record = this.#options.store.epochs.get(epoch)
    return record && decodeCheckpoint(record.checkpoint).time
  }
}
