import type { CommitOrder, CommittedEpoch, ExecutedEpoch, ExecuteOrder } from './executed-epoch.ts'

/** What the engine's thread is started with. */
export interface EngineStart {
  readonly dir: string
  /** CID of the genesis, 36 bytes. */
  readonly chain: Uint8Array
}

/** Cut entries name batches by bytes: class instances don't survive the way between threads. */
export interface WireCutEntry {
  readonly author: string
  readonly seq: number
  readonly batch: Uint8Array
}

type Wire<Order extends ExecuteOrder> = Omit<Order, 'cut'> & { readonly cut: readonly WireCutEntry[] }

export type EngineCall =
  | { readonly id: number; readonly call: 'execute'; readonly order: Wire<ExecuteOrder> }
  | { readonly id: number; readonly call: 'commit'; readonly order: Wire<CommitOrder> }
  | { readonly id: number; readonly call: 'close' }

export interface EngineFailure {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly next?: string
  /** Of a MissingBatchError: 36 bytes. */
  readonly batch?: Uint8Array
}

/** What the thread says first: that it takes calls, or why it can't. */
export type EngineOpening = 'ready' | { readonly failure: EngineFailure }

export type EngineReply =
  | { readonly id: number; readonly result: ExecutedEpoch | CommittedEpoch | undefined }
  | { readonly id: number; readonly failure: EngineFailure }
