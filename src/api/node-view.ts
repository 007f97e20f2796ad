import type { AccountKey } from '../../consensus/account.ts'
import type { BatchBytes } from '../../consensus/batch.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { AccountStatus, AuthorStatus } from './schema/account.ts'
import type { EpochStatus } from './schema/epoch.ts'
import type { Explanation } from './schema/explanation.ts'
import type { Payouts } from './schema/payouts.ts'
import type { RecordStatus } from './schema/record.ts'
import type { NodeStatus } from './schema/status.ts'
import type { SubmitStatus } from './schema/submit.ts'
import type { Supply } from './schema/supply.ts'

export type { AccountStatus, AuthorStatus } from './schema/account.ts'
export type { EpochStatus, FinalBatch } from './schema/epoch.ts'
export type { Explanation, ExplanationNode } from './schema/explanation.ts'
export type { AccountPayout, Payouts } from './schema/payouts.ts'
export type { RecordStatus } from './schema/record.ts'
export type { NodeStatus } from './schema/status.ts'
export type { SubmitStatus } from './schema/submit.ts'
export type { Supply } from './schema/supply.ts'

/**
 * What can be asked of a node, whoever answers: the running daemon in its own process, its API over HTTP or a socket, or a
 * data folder opened at rest. Arguments are parsed already; results are plain JSON with accounts, refs and CIDs as text
 * and amounts as integers in µOPEN. Refusals are LedgerErrors whose `code` crosses the wire unchanged.
 */
export interface NodeView {
  status(): Promise<NodeStatus>
  /** Without an epoch every account at the newest one; with it, the accounts paid in it. Ascending by account key. */
  payouts(epoch?: number): Promise<Payouts>
  /** Undefined where the ledger has no cell for the account. */
  account(account: AccountKey): Promise<AccountStatus | undefined>
  /** Never undefined: an author nobody has heard of has `seq` 0. */
  author(account: AccountKey): Promise<AuthorStatus>
  /** A final or a pending record; undefined where the node doesn't hold it. */
  record(batch: Cid, index: number): Promise<RecordStatus | undefined>
  /**
   * A final epoch, or undefined where it isn't final within `waitMs`. Aborting the signal ends the wait early, with undefined.
   */
  epoch(epoch: number, wait?: EpochWait): Promise<EpochStatus | undefined>
  supply(): Promise<Supply>
  /**
   * Where money came from or went to in some epochs, by default in the last `explainedEpochs` of them. Undefined where the subject is
   * unknown; the signal ends it.
   */
  explain(subject: Subject, epochs?: EpochRange, signal?: AbortSignal): Promise<Explanation | undefined>
  /** Objects of `export`'s NDJSON in the order of the ledger, ready to be printed: here amounts are decimals in OPEN. The signal ends it. */
  export(what: ExportKind, range?: EpochRange, signal?: AbortSignal): AsyncIterable<ExportLine>
  /** Blocks of final epochs as a CAR file, whose root is the newest of their checkpoints. */
  car(range?: EpochRange): AsyncIterable<Uint8Array>
  /** All that the node keeps but its signing state, as of one moment: a backup file without keys. */
  backup(): AsyncIterable<Uint8Array>
  /**
   * Takes a signed batch in and makes it durable before it answers. Refusals: `malformed`, `encoding`, `signature`,
   * `mempool-full` (try again later), `batch-void` (another batch of that author and seq is final).
   */
  submit(batch: BatchBytes): Promise<SubmitStatus>
  /** The node neither proposes nor votes beyond `epoch`, and stops cleanly once it is final. */
  halt(epoch: number): Promise<void>
}

export interface EpochWait {
  readonly waitMs: number
  readonly signal?: AbortSignal
}

/** A ref may name an asset, a model, an agent, a session or any other record: the node looks which. */
export type Subject =
  | { readonly type: 'account'; readonly account: AccountKey }
  | { readonly type: 'record'; readonly batch: Cid; readonly index: number }

export const exportKinds = ['records', 'checkpoints', 'payouts'] as const
export type ExportKind = (typeof exportKinds)[number]
export type ExportLine = Readonly<Record<string, unknown>>

/** Epochs that an explanation goes through where nobody says from when: each takes a millisecond or two. */
export const explainedEpochs = 1_000

/** Both ends are part of it; without `to`, up to the newest final epoch. */
export interface EpochRange {
  readonly from?: number
  readonly to?: number
}

/** A view that holds something open: a connection, or a store. */
export interface OpenView extends NodeView {
  close(): Promise<void>
}
