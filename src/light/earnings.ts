import type { AccountKey } from '../../consensus/account.ts'
import type { Amount } from '../../consensus/amount.ts'
import type { Checkpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { type AccountCell, accountCellKey, accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { readCell } from '../../consensus/light/proof/cell.ts'
import { walkBoundsDefault } from '../../consensus/light/proof/limits.ts'
import { type ProvedPayout, readPayout } from '../../consensus/light/proof/payout.ts'
import { ProvedBooks, type Showing } from '../../consensus/light/proof/proved-books.ts'
import type { Depth } from '../../consensus/light/proof/proved-list.ts'
import type { ProvedNode } from '../../consensus/light/proof/proved-node.ts'
import { ProofReader } from '../../consensus/light/proof/reader.ts'
import { walkPayout } from '../../consensus/light/proof/walk.ts'
import { mismatch } from '../../consensus/merkle/proof-error.ts'
import { withFreshState } from './fresh-state.ts'
import type { LightClient } from './light-client.ts'
import { NoPeerError } from './light-peers.ts'
import { billsShownMax } from './limits.ts'
import { PeerProofs, UnshownError, type WalkCosts } from './peer-proofs.ts'

/** How far down each payout is proved: its lines only, all the way, or through drawn parts of long lists. */
export type Way = 'lines' | Depth

export interface EarningsOptions {
  readonly account: AccountKey
  /** Epochs, both included. */
  readonly from: number
  readonly to: number
  readonly way: Way
  readonly crypto: Crypto
  readonly onProgress: (text: string) => void
}

/** A payout that was proved. */
export interface EarnedEpoch {
  readonly epoch: number
  /** Of its checkpoint, in ms since 1970. */
  readonly time: number
  readonly checkpoint: Cid
  readonly payout: ProvedPayout
  /** The way down to the records; absent where only lines were asked for, or proved. */
  readonly root: ProvedNode | undefined
  /** Why the way down couldn't be proved; absent where it was, or wasn't asked for. */
  readonly unwalked?: string | undefined
}

/** What an account earned, epoch by epoch; whatever it was credited in them is there. */
export interface Earnings {
  /** Epochs that were asked for, both included. */
  readonly from: number
  readonly to: number
  readonly cell: AccountCell
  /** As of this checkpoint. */
  readonly head: TrustedCheckpoint
  /** The newest first. */
  readonly epochs: readonly EarnedEpoch[]
  /** Credit of before the first epoch that was looked at. */
  readonly before: Amount
  /** That first epoch, where older ones were asked for and no peer shows them: all may have joined later. */
  readonly shownFrom: number | undefined
  readonly costs: WalkCosts
}

/** Whoever joined by a snapshot has no checkpoints from before, and of that epoch no payouts. */
function isTooOld(error: unknown): boolean {
  return error instanceof NoPeerError ? error.isUnknown : isUnshown(error)
}

/** Something that was proved not to be there is no gap. */
export function isUnshown(error: unknown): error is UnshownError {
  return error instanceof UnshownError && error.part !== undefined
}

/** The peers show only what came after the epochs that were asked for. */
export class TooOldError extends LedgerError {
  /** `first` is the oldest epoch that they show. */
  constructor(to: number, first: number, head: number) {
    const shown = first > head ? 'nor those of any epoch after it' : `the oldest that they show is ${first}`
    const problem = `no peer shows the payouts of epoch ${to}: ${shown}`
    super('too-old', problem, { first }, 'give other peers with --peer')
  }
}

const shown: Showing = { billsMax: billsShownMax, claims: true }

/**
 * Proves balance and credit of an account, and what made it. Payouts are read backwards from the newest checkpoint: each says the credit
 * after it, which must be what the one after it began with, down to nothing. So no payout can be hidden, and epochs before
 * the first are not even asked for. Where no peer shows older ones it ends, and says so. Throws NoPeerError where nobody proves it,
 * TooOldError where the peers show none of the epochs.
 */
export async function proveEarnings(client: LightClient, options: EarningsOptions): Promise<Earnings> {
  return await new EarningsWalk(client, options).run()
}

class EarningsWalk {
  readonly #client: LightClient
  readonly #options: EarningsOptions
  readonly #proofs: PeerProofs
  readonly #epochs: EarnedEpoch[] = []

  constructor(client: LightClient, options: EarningsOptions) {
    this.#client = client
    this.#options = options
    this.#proofs = new PeerProofs(client.peers)
  }

  async run(): Promise<Earnings> {
    const { from, to } = this.#options
    const cell = await this.#cell()
    const { head } = this.#client
    const { credit, shownFrom } = await this.#back(head, cell.credit)
    if (from === 1 && shownFrom === undefined && credit !== 0)
      throw mismatch('sum', 'credit before the first epoch', 0, credit)
    return { from, to, cell, head, epochs: this.#epochs, before: credit, shownFrom, costs: this.#proofs.costs }
  }

  /** What of the credit is of before the first epoch that was looked at. */
  async #back(head: TrustedCheckpoint, credit: Amount): Promise<Pick<Earnings, 'shownFrom'> & { credit: Amount }> {
    const { from, to } = this.#options
    let first = head.epoch + 1
    let left = credit
    try {
      for await (const { checkpoint, cid } of this.#client.back(head, from)) {
        if (left === 0) break
        const earned = await this.#epoch(checkpoint, cid, checkpoint.epoch <= to)
        first = checkpoint.epoch
        if (earned === undefined) continue
        const { amount, creditAfter } = earned.payout
        if (creditAfter !== left) throw mismatch('sum', `credit after epoch ${first}`, left, creditAfter)
        left -= amount
        if (first <= to) this.#epochs.push(earned)
      }
    } catch (error) {
      if (!isTooOld(error)) throw error
      if (first > to) throw new TooOldError(to, first, head.epoch)
      return { credit: left, shownFrom: first }
    }
    return { credit: left, shownFrom: undefined }
  }

  async #cell(): Promise<AccountCell> {
    const { account, crypto } = this.#options
    const cell = await withFreshState(this.#client, head =>
      this.#read(reader => readCell({ crypto, checkpoint: head }, reader, accountCodec, accountCellKey(account))),
    )
    return cell ?? emptyAccount
  }

  /** Undefined where the account was paid nothing in it. */
  async #epoch(checkpoint: Checkpoint, cid: Cid, isAsked: boolean): Promise<EarnedEpoch | undefined> {
    const { account, crypto, way, onProgress } = this.#options
    const { epoch, time } = checkpoint
    onProgress(`epoch ${epoch}: ${this.#epochs.length} payouts proved`)
    const found = (payout: ProvedPayout | undefined, root?: ProvedNode, unwalked?: string): EarnedEpoch | undefined =>
      payout && { epoch, time, checkpoint: cid, payout, root, unwalked }
    const lines = () => this.#read(reader => readPayout({ crypto, checkpoint }, reader, account))
    if (way === 'lines' || !isAsked) return found(await lines())
    try {
      const walked = await withFreshState(this.#client, state =>
        this.#read(reader => walkPayout(new ProvedBooks({ crypto, checkpoint, state }, reader, way, shown), account)),
      )
      return walked && found(walked.payout, walked.root)
    } catch (error) {
      // A session may have been opened, or closed, before the peers joined; and who has the epoch may be behind the newest state.
      if (!isUnshown(error)) throw error
      return found(await lines(), undefined, error.message)
    }
  }

  #read<T>(read: (reader: ProofReader) => Promise<T>): Promise<T> {
    return this.#proofs.walk(source => read(new ProofReader(source, walkBoundsDefault)))
  }
}
