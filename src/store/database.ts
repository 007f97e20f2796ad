/** One write; `null` deletes. */
export interface StoreOp {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** Keys from `from` up to, without, `to`. */
export interface KeyRange {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

/** One thing on the disk: its value if it is sound. `key` is undefined where the damage hides it. */
export interface AuditedValue {
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly problem: string | undefined
}

/** The database as of one moment, until it is closed. */
export interface Snapshot {
  close(): Promise<void>
}

/** What a database has done since it was opened, and what it holds. */
export interface DatabaseStats {
  /** Of writes that are in no table yet, and cached blocks. Tables that are mapped into memory don't count. */
  readonly memoryBytes: number
  readonly writes: number
  /** In all writes: single puts and deletes, and the bytes of their keys and values. */
  readonly operations: number
  readonly bytes: number
  readonly writeSeconds: number
  readonly syncs: number
  readonly syncSeconds: number
}

/** Where a store keeps its keys and values: LevelDB in a node, a disk that may crash in a simulation. */
export interface Database {
  /** Names it in messages. */
  readonly dir: string
  close(): Promise<void>
  snapshot(): Snapshot
  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined
  /** In the order asked for. */
  getMany(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]>
  /** All or nothing; with `sync` on the disk when it returns. */
  write(ops: readonly StoreOp[], sync: boolean): Promise<void>
  /** Puts all writes that have returned on the disk. */
  sync(): Promise<void>
  /** In key order, as of the first read. */
  entries(range: KeyRange, snapshot?: Snapshot): AsyncGenerator<[key: Uint8Array, value: Uint8Array]>
  clear(range: KeyRange): Promise<void>
  isEmpty(): Promise<boolean>
  /** Absent: it doesn't count. */
  stats?(): DatabaseStats
  /** Everything that is there, sound or not. */
  audit(): AsyncGenerator<AuditedValue>
}
