import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Store } from '../store/store.ts'
import type { Findings } from './findings.ts'
import type { Live } from './live.ts'

/** What the checks of all epochs share: what is read, what was found, and how far the chains reach that each epoch carries on. */
export interface Checking {
  readonly store: Store
  readonly chain: Cid
  readonly live: Live
  readonly findings: Findings
  /** Of the epoch before, whose state a node joined by, only the checkpoint and its signatures are here. */
  readonly wholeFrom: number
  /** The checkpoint before, if it was sound; the genesis before epoch 1. */
  prev: Cid | undefined
  /** The set that the epoch before named for this one. */
  validators: Cid | undefined
  /** Milliseconds, of the checkpoint before. */
  time: number
  /** The stored certificate of the epoch before, if it was sound; null before epoch 1. */
  certificate: Cid | null | undefined
  /** Where each author's final chain ends; undefined in a ledger that didn't begin at its genesis. */
  readonly heads: Map<AccountKey, Cid> | undefined
  /** Up to here all batches are as their authors signed them. */
  executableMax: number
}
