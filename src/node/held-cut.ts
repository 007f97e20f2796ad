import type { Cid } from '../../consensus/cid.ts'
import type { Cut, CutEntry } from '../../consensus/cut.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import { authorCutDivisor, byteFees } from '../../consensus/ledger/cut-rules.ts'
import type { Params } from '../../consensus/params.ts'
import type { Ingest } from './ingest.ts'
import type { Ledger } from './ledger.ts'

/** An author's part of a cut: what is here of it, and the batch after which, going back, this node knows no more. */
export interface HeldPart {
  readonly entry: CutEntry
  /** As of the head. */
  readonly account: AccountCell
  /** Null where the chain has ended. */
  readonly cid: Cid | null
  readonly seq: number
  /** Of the batches after it. */
  readonly bytes: number
}

interface WalkedPart extends HeldPart {
  cid: Cid | null
  seq: number
  bytes: number
}

/** What is here of a cut. Reading 20,000 accounts takes long, and walking back again what was walked before: once is enough. */
export class HeldCut {
  readonly #stored: Ingest['stored']
  readonly #params: Params
  readonly #parts: readonly WalkedPart[]
  #lacking: readonly WalkedPart[]

  constructor(cut: Cut, ledger: Pick<Ledger, 'account' | 'head'>, stored: Ingest['stored']) {
    this.#stored = stored
    this.#params = ledger.head.params
    this.#parts = cut.map(entry => {
      return { entry, account: ledger.account(entry.author), cid: entry.batch, seq: entry.seq, bytes: 0 }
    })
    this.#lacking = this.#parts
    this.advance()
  }

  /** Those of which a batch isn't here. */
  get lacking(): readonly HeldPart[] {
    return this.#lacking
  }

  /** Goes on with what came since. */
  advance(): void {
    this.#lacking = this.#lacking.filter(part => this.#isLacking(part))
  }

  /** Likewise, where only this batch came. */
  advanceOn(came: Cid): void {
    for (const part of this.#lacking) if (part.cid?.equals(came)) this.#isLacking(part)
  }

  #isLacking(part: WalkedPart): boolean {
    while (part.cid !== null && part.seq > part.account.seq) {
      const stored = this.#stored(part.cid)
      if (stored === undefined) return true
      part.bytes += stored.bytes
      part.seq--
      part.cid = stored.prev
    }
    return false
  }

  /** Throws CutError where what is here breaks a rule of execution already: more of it can't mend that. */
  expectPaid(): void {
    const begun = this.#parts.filter(({ bytes }) => bytes > 0)
    byteFees(
      this.#params,
      begun.map(({ entry, account, bytes }) => ({ author: entry.author, bytes, balance: account.balance })),
    )
  }

  /** More is here of it than a cut may have: nobody signs for a cut's size before it is here. */
  get isTooLarge(): boolean {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, 0) > this.#params.maxEpochBytes
  }

  /** No cut may hold more of one author than its share: what leads back further than that isn't worth a request. */
  isPlausible({ bytes }: HeldPart): boolean {
    return bytes <= this.#params.maxEpochBytes / authorCutDivisor
  }
}
