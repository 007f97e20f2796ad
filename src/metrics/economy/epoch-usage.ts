import type { AccountKey } from '../../../consensus/account.ts'
import { type Amount, addAmounts } from '../../../consensus/amount.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { decodeCheckpoint, type Totals, type Usage } from '../../../consensus/checkpoint.ts'
import type { Cid } from '../../../consensus/cid.ts'
import { decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { sessionCellKey, sessionCodec } from '../../../consensus/ledger/cells/session.ts'
import { Generations } from '../../../consensus/ledger/generations.ts'
import { outcomes } from '../../../consensus/ledger/outcome.ts'
import { type RefKey, refFromKey, resolveRef } from '../../../consensus/ref.ts'
import { breathe } from '../../proofs/breathe.ts'
import { epochPayouts } from '../../query/epoch-payouts.ts'
import { eachFinalBatch, type FinalBatch, headerOf, recordsOf } from '../../query/final-batches.ts'
import type { Store } from '../../store/store.ts'

export interface PaidFees {
  readonly payer: AccountKey
  readonly payee: AccountKey
  readonly fees: Amount
}

/** What a final epoch tells of how the ledger is used. */
export interface EpochUsage {
  readonly epoch: number
  /** Of the checkpoint: milliseconds since 1970. */
  readonly time: number
  readonly usage: Usage
  readonly totals: Totals
  /** Settled fees; each pair once. */
  readonly fees: readonly PaidFees[]
  /** Who sent OPEN to whom; each pair once. */
  readonly transfers: readonly (readonly [from: AccountKey, to: AccountKey])[]
  readonly payouts: readonly (readonly [account: AccountKey, amount: Amount])[]
}

/** Payers are asked for again and again while their sessions are in use; what is not held is two small reads. */
const sessionsHeldMax = 8_192

/** Reads what epochs tell from their records, batch by batch, so that nothing else has to wait long. */
export class UsageReader {
  readonly #store: Store
  readonly #payers = new Generations<RefKey, AccountKey>(sessionsHeldMax, () => 1)

  constructor(store: Store) {
    this.#store = store
  }

  /** Undefined where the epoch isn't in the store. Throws what the signal says once it aborts. */
  async read(epoch: number, signal?: AbortSignal): Promise<EpochUsage | undefined> {
    const record = this.#store.epochs.get(epoch)
    if (record === undefined) return undefined
    const { time, usage, totals } = decodeCheckpoint(record.checkpoint)
    const pairs = new PairSums()
    for await (const batch of eachFinalBatch(this.#store, epoch)) {
      await breathe()
      signal?.throwIfAborted()
      this.#addBatch(batch, pairs)
    }
    const payouts: [AccountKey, Amount][] = []
    for await (const { account, amount } of epochPayouts(this.#store, epoch)) payouts.push([account, amount])
    return { epoch, time, usage, totals, fees: pairs.fees(), transfers: pairs.transfers(), payouts }
  }

  #addBatch({ cid, author, outcome: { codes } }: FinalBatch, pairs: PairSums): void {
    for (const [i, record] of recordsOf(this.#store, cid).entries()) {
      if (record.kind === 'transfer') {
        if (codes[i] === outcomes.done) pairs.addTransfer(author, toKey(record.to))
      } else if ((record.kind === 'inference' || record.kind === 'action') && codes[i] === outcomes.paid) {
        const payer = this.#payerOf(resolveRef(record.session, cid))
        if (payer !== undefined) pairs.addFee(payer, author, record.fee)
      }
    }
  }

  /** Who opened the session wrote its record. */
  #payerOf(session: RefKey): AccountKey | undefined {
    const known = this.#payers.get(session)
    if (known !== undefined) return known
    const payer = this.#findPayer(session)
    if (payer !== undefined) this.#payers.set(session, payer)
    return payer
  }

  /** A node that began at a snapshot may lack the record: then the session's cell tells, as long as it is open. */
  #findPayer(session: RefKey): AccountKey | undefined {
    const batch: Cid = refFromKey(session)[0]
    if (this.#store.batches.get(batch) !== undefined) return toKey(headerOf(this.#store, batch).author)
    const cell = this.#store.state.get(sessionCellKey(session))
    return cell === undefined ? undefined : decodeCell(sessionCodec, cell).payer
  }
}

/** An account has 32 bytes: two of them make the key of a pair. */
const accountLength = 32

class PairSums {
  readonly #fees = new Map<string, Amount>()
  readonly #transfers = new Set<string>()

  addFee(payer: AccountKey, payee: AccountKey, fee: Amount): void {
    const pair = payer + payee
    this.#fees.set(pair, addAmounts(this.#fees.get(pair) ?? 0, fee))
  }

  addTransfer(from: AccountKey, to: AccountKey): void {
    this.#transfers.add(from + to)
  }

  fees(): PaidFees[] {
    return [...this.#fees].map(([pair, fees]) => {
      const [payer, payee] = halves(pair)
      return { payer, payee, fees }
    })
  }

  transfers(): [AccountKey, AccountKey][] {
    return [...this.#transfers].map(halves)
  }
}

function halves(pair: string): [AccountKey, AccountKey] {
  return [pair.slice(0, accountLength), pair.slice(accountLength)]
}
