import type { AccountKey } from '../../consensus/account.ts'
import type { Amount } from '../../consensus/amount.ts'
import type { BatchBytes } from '../../consensus/batch.ts'
import type { Totals, Usage } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'

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
  /** Where money came from or went to; of one epoch, or of all. Undefined where the subject is unknown. */
  explain(subject: Subject, epoch?: number): Promise<Explanation | undefined>
  /** Objects of `export`'s NDJSON in the order of the ledger, ready to be printed: here amounts are decimals in OPEN. */
  export(what: ExportKind, range?: EpochRange): AsyncIterable<ExportLine>
  /**
   * Takes a signed batch in and makes it durable before it answers. Refusals: `malformed`, `encoding`, `signature`,
   * `mempool-full` (try again later), `batch-void` (another batch of that author and seq is final).
   */
  submit(batch: BatchBytes): Promise<SubmitStatus>
  /** The node neither proposes nor votes beyond `epoch`, and stops cleanly once it is final. */
  halt(epoch: number): Promise<void>
}

export interface NodeStatus {
  /** Of the program. */
  readonly version: string
  /** Genesis CID. */
  readonly chain: string
  readonly role: 'validator' | 'full'
  /** The account it validates for, whether or not elected now. */
  readonly validator: string | null
  readonly peerId: string
  /** Multiaddrs that others can dial. */
  readonly addrs: readonly string[]
  readonly peers: number
  /** The newest final epoch; 0 is the genesis. */
  readonly epoch: number
  /** Of that epoch; null at the genesis. */
  readonly checkpoint: string | null
  /** Milliseconds since 1970, as agreed in that checkpoint; null at the genesis. */
  readonly time: number | null
  /** Round of the epoch that is being decided; null before it starts. */
  readonly round: number | null
  /** Catching up with peers: answers are true, but of an older epoch than theirs. */
  readonly syncing: boolean
  /** Why the node takes part no more (T4, a protocol it doesn't know, `halt`); null while it does. */
  readonly halted: string | null
  /** Held and not final yet. */
  readonly pending: { readonly batches: number; readonly bytes: number }
}

export interface Payouts {
  readonly epoch: number
  readonly accounts: readonly AccountPayout[]
}

export interface AccountPayout {
  /** `did:key:…` */
  readonly account: string
  /** Earned ever, up to and including `Payouts.epoch`. */
  readonly credit: Amount
  /** At the newest epoch; null where an older one was asked for, since balances of the past aren't kept. */
  readonly balance: Amount | null
  /** What delegations earned and haven't settled; null like `balance`. */
  readonly accrued: Amount | null
  /** The newest payout up to `Payouts.epoch`; null where there was none. */
  readonly payout: { readonly epoch: number; readonly amount: Amount } | null
}

export interface AccountStatus {
  readonly account: string
  readonly epoch: number
  readonly balance: Amount
  readonly credit: Amount
  readonly accrued: Amount
  /** Of its last final batch; 0 before the first. */
  readonly seq: number
}

export interface AuthorStatus {
  readonly account: string
  /** Of the last final batch; 0 before the first. */
  readonly seq: number
  /** Its CID. */
  readonly head: string | null
  /** Held on top of `head`, in order of `seq` without a gap: the branch that this node would finalize. */
  readonly pending: readonly { readonly seq: number; readonly cid: string }[]
}

export interface RecordStatus {
  /** `<cid>/<index>` */
  readonly ref: string
  readonly author: string
  readonly kind: string
  /** All other fields, in the text forms of `export --records`. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Of its batch, a claim of the author (R6); milliseconds since 1970. */
  readonly time: number
  /** Null while it is pending. */
  readonly final: {
    readonly epoch: number
    /** R4: outcome code. */
    readonly code: number
    /** The code's name, like `paid` or `no-funds`. */
    readonly outcome: string
  } | null
}

export interface EpochWait {
  readonly waitMs: number
  readonly signal?: AbortSignal
}

export interface EpochStatus {
  readonly epoch: number
  /** Of the checkpoint. */
  readonly cid: string
  readonly time: number
  /** Each 32 bytes in hex. */
  readonly roots: {
    readonly batches: string
    readonly flow: string
    readonly payout: string
    readonly state: string
  }
  readonly totals: Totals
  readonly usage: Usage
  /** Ascending by author and seq. */
  readonly batches: readonly FinalBatch[]
}

export interface FinalBatch {
  readonly author: string
  readonly cid: string
  readonly seq: number
  /** One byte in hex per record: its outcome code. */
  readonly codes: string
}

/** E2: `now` is everything there is; it differs from `genesis` only by what a burn destroyed. */
export interface Supply {
  readonly epoch: number
  readonly genesis: Amount
  readonly now: Amount
  readonly waiting: Amount
  readonly accrued: Amount
  readonly treasury: Amount
}

/** A ref may name an asset, a model, an agent, a session or any other record: the node looks which. */
export type Subject =
  | { readonly type: 'account'; readonly account: AccountKey }
  | { readonly type: 'record'; readonly batch: Cid; readonly index: number }

export interface Explanation {
  readonly subject: string
  /** What the subject turned out to be: `account`, or the kind of its record. */
  readonly kind: string
  readonly from: number
  readonly to: number
  readonly root: ExplanationNode
}

/** One line of the tree: an amount and what it is, with what it is made of below. */
export interface ExplanationNode {
  /** Plain words, without the amount. */
  readonly text: string
  readonly amount: Amount | null
  /** The account or ref that the line is about, so that a reader can ask on. */
  readonly id: string | null
  readonly epoch: number | null
  readonly children: readonly ExplanationNode[]
  /** Children that were left out to keep the answer short. */
  readonly omitted: number
}

export const exportKinds = ['records', 'checkpoints', 'payouts'] as const
export type ExportKind = (typeof exportKinds)[number]
export type ExportLine = Readonly<Record<string, unknown>>

/** Both ends are part of it; without `to`, up to the newest final epoch. */
export interface EpochRange {
  readonly from?: number
  readonly to?: number
}

export interface SubmitStatus {
  /** `known`: held before, and nothing changed. */
  readonly outcome: 'accepted' | 'known'
  /** Of the batch. */
  readonly cid: string
}

/** A view that holds something open: a connection, or a store. */
export interface OpenView extends NodeView {
  close(): Promise<void>
}
