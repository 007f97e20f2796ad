import { type ByteKey, compareKeys, fromKey, toKey } from '../../../consensus/bytes.ts'
import type { Database, KeyRange, Snapshot, StoreOp } from '../../../src/store/database.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Life } from './life.ts'

export interface DiskFaults {
  /** Of a write that needs not be on the disk, and of a synced one, at most. */
  readonly writeMsMax: number
  readonly syncMsMax: number
}

type Values = Map<ByteKey, Uint8Array>

/** One write that a crash may lose. */
interface Unsynced {
  readonly log: number
  readonly order: number
  readonly ops: readonly StoreOp[]
}

/** A value as it will be found after a crash; null where it was deleted. */
interface Settled {
  readonly order: number
  readonly value: Uint8Array | null
}

/** After so many writes the database turns to a new log, at most. */
const logWritesMax = 6

/**
 * A disk that outlives its machine. As in LevelDB a synced write settles what stands before it in the same log, but not the
 * rest of the log before; a crash leaves a part of each log that wasn't settled, from its beginning.
 */
export class Disk {
  readonly #random: Random
  /** What a crash leaves in any case. */
  readonly #settled = new Map<ByteKey, Settled>()
  #unsynced: Unsynced[] = []
  #values: Values = new Map()
  #snapshots = new Set<DiskSnapshot>()
  #order = 0
  #log = 0
  #logEnd = 0

  constructor(random: Random) {
    this.#random = random
  }

  get values(): ReadonlyMap<ByteKey, Uint8Array> {
    return this.#values
  }

  /** What would be found under a key after a crash right now. */
  settledValue(key: ByteKey): Uint8Array | undefined {
    return this.#settled.get(key)?.value ?? undefined
  }

  apply(ops: readonly StoreOp[], sync: boolean): void {
    if (this.#order >= this.#logEnd) {
      this.#log++
      this.#logEnd = this.#order + 1 + this.#random.below(logWritesMax)
    }
    this.#unsynced.push({ log: this.#log, order: this.#order++, ops })
    for (const { key, value } of ops) this.#put(toKey(key), value)
    if (sync) this.#settle(({ log }) => log === this.#log)
  }

  sync(): void {
    this.#settle(() => true)
  }

  /** The machine is gone; of what wasn't settled some is there, some isn't. */
  crash(inFlight: readonly (readonly StoreOp[])[]): void {
    for (const ops of inFlight) {
      if (!this.#random.chance(0.5)) break
      this.apply(ops, false)
    }
    const survivors = new Map<number, number>()
    for (const { log } of this.#unsynced) survivors.set(log, (survivors.get(log) ?? 0) + 1)
    for (const [log, writes] of survivors) survivors.set(log, this.#random.below(writes + 1))
    this.#settle(({ log }) => {
      const left = survivors.get(log)!
      survivors.set(log, left - 1)
      return left > 0
    })
    this.#unsynced = []
    this.#snapshots.clear()
    this.#values = new Map()
    for (const [key, { value }] of this.#settled) if (value !== null) this.#values.set(key, value)
  }

  snapshot(): DiskSnapshot {
    const snapshot: DiskSnapshot = {
      before: new Map(),
      close: async () => {
        this.#snapshots.delete(snapshot)
      },
    }
    this.#snapshots.add(snapshot)
    return snapshot
  }

  #put(key: ByteKey, value: Uint8Array | null): void {
    for (const { before } of this.#snapshots) if (!before.has(key)) before.set(key, this.#values.get(key))
    if (value === null) this.#values.delete(key)
    else this.#values.set(key, value)
  }

  #settle(isMeant: (write: Unsynced) => boolean): void {
    const rest: Unsynced[] = []
    for (const write of this.#unsynced) {
      if (!isMeant(write)) {
        rest.push(write)
        continue
      }
      for (const { key, value } of write.ops) {
        const name = toKey(key)
        if ((this.#settled.get(name)?.order ?? -1) < write.order) this.#settled.set(name, { order: write.order, value })
      }
    }
    this.#unsynced = rest
  }
}

/** What was there under the keys that were written since. */
export interface DiskSnapshot extends Snapshot {
  readonly before: Map<ByteKey, Uint8Array | undefined>
}

/** What a crash can interrupt: a write under way, or one that is on the disk while nobody knows yet. */
export type DiskMoment = 'writing' | 'written'

interface Work {
  readonly ops: readonly StoreOp[]
  readonly sync: boolean
  done(): void
}

/** A disk as one life of its machine uses it: one write after the other, each of which takes its time. */
export class DiskDatabase implements Database {
  readonly dir: string
  readonly #disk: Disk
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #life: Life
  readonly #faults: DiskFaults
  readonly #onMoment: (moment: DiskMoment, sync: boolean) => void
  readonly #queue: Work[] = []

  constructor(parts: {
    readonly name: string
    readonly disk: Disk
    readonly clock: VirtualClock
    readonly random: Random
    readonly life: Life
    readonly faults: DiskFaults
    /** May end the life. */
    readonly onMoment: (moment: DiskMoment, sync: boolean) => void
  }) {
    this.dir = parts.name
    this.#disk = parts.disk
    this.#clock = parts.clock
    this.#random = parts.random
    this.#life = parts.life
    this.#faults = parts.faults
    this.#onMoment = parts.onMoment
    this.#life.onEnd(() => this.#disk.crash(this.#queue.flatMap(({ ops }) => (ops.length > 0 ? [ops] : []))))
  }

  async close(): Promise<void> {}

  snapshot(): DiskSnapshot {
    return this.#disk.snapshot()
  }

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    return this.#at(toKey(key), snapshot as DiskSnapshot | undefined)
  }

  async getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return keys.map(key => this.get(key))
  }

  write(ops: readonly StoreOp[], sync: boolean): Promise<void> {
    return this.#enqueue(ops, sync)
  }

  sync(): Promise<void> {
    return this.#enqueue([], true)
  }

  async *entries({ from, to }: KeyRange, snapshot?: Snapshot): AsyncGenerator<[key: Uint8Array, value: Uint8Array]> {
    const { before } = (snapshot as DiskSnapshot | undefined) ?? { before: new Map<ByteKey, undefined>() }
    const [first, end] = [toKey(from), toKey(to)]
    const keys = new Set<ByteKey>()
    for (const key of this.#disk.values.keys()) if (key >= first && key < end) keys.add(key)
    for (const key of before.keys()) if (key >= first && key < end) keys.add(key)
    const found = [...keys].sort(compareKeys).map(key => [key, this.#at(key, snapshot as DiskSnapshot)] as const)
    for (const [key, value] of found) if (value !== undefined) yield [fromKey(key), value]
  }

  async clear(range: KeyRange): Promise<void> {
    const ops: StoreOp[] = []
    for await (const [key] of this.entries(range)) ops.push({ key, value: null })
    await this.write(ops, false)
  }

  async isEmpty(): Promise<boolean> {
    return this.#disk.values.size === 0
  }

  async *audit(): AsyncGenerator<never> {}

  #at(key: ByteKey, snapshot: DiskSnapshot | undefined): Uint8Array | undefined {
    return snapshot?.before.has(key) ? snapshot.before.get(key) : this.#disk.values.get(key)
  }

  #enqueue(ops: readonly StoreOp[], sync: boolean): Promise<void> {
    return new Promise(resolve => {
      this.#queue.push({ ops, sync, done: resolve })
      if (this.#queue.length === 1) this.#work()
    })
  }

  #work(): void {
    const work = this.#queue[0]
    if (work === undefined) return
    const msMax = work.sync ? this.#faults.syncMsMax : this.#faults.writeMsMax
    this.#clock.after(this.#random.next() * msMax, () => {
      if (this.#life.isOver) return false
      this.#onMoment('writing', work.sync)
      if (this.#life.isOver) return true
      this.#queue.shift()
      this.#disk.apply(work.ops, work.sync)
      if (work.ops.length === 0) this.#disk.sync()
      this.#onMoment('written', work.sync)
      if (this.#life.isOver) return true
      work.done()
      this.#work()
      return true
    })
  }
}
