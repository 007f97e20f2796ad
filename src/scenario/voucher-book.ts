import type { Amount } from '../../consensus/amount.ts'
import type { Cid } from '../../consensus/cid.ts'
import { type Voucher, voucherBytes } from '../../consensus/records/voucher.ts'
import { type Ref, resolveRef } from '../../consensus/ref.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import type { Bill, SessionTerms } from './scenario.ts'

/** The payers' running totals, for sessions whose vouchers are left to the runner (E4). */
export class VoucherBook {
  readonly #chain: Cid
  readonly #sessions: ReadonlyMap<number, SessionTerms>
  readonly #keyOf: (actor: string) => SigningKey
  /** Fees billed, by session. */
  readonly #billed = new Map<number, Amount>()
  /** Total of the last voucher written, by session. */
  readonly #vouched = new Map<number, Amount>()

  constructor(chain: Cid, sessions: ReadonlyMap<number, SessionTerms>, keyOf: (actor: string) => SigningKey) {
    this.#chain = chain
    this.#sessions = sessions
    this.#keyOf = keyOf
  }

  /** Adds up the fees of one batch. Answers the sessions for which a voucher must go before them. */
  bill(bills: readonly Bill[]): number[] {
    const touched = new Set<number>()
    for (const { session, fee } of bills) {
      this.#billed.set(session, (this.#billed.get(session) ?? 0) + fee)
      touched.add(session)
    }
    return [...touched].filter(session => this.#total(session) > (this.#vouched.get(session) ?? 0))
  }

  /** The payer's voucher over all that was billed in the session whose final ref is given. */
  write(session: number, ref: Ref): Voucher {
    const [batch] = ref
    const total = this.#total(session)
    this.#vouched.set(session, total)
    const signed = voucherBytes(this.#chain, resolveRef(ref, batch!), total)
    const signature = this.#keyOf(this.#sessions.get(session)!.payer).sign(signed)
    return { kind: 'voucher', session: ref, total, signature }
  }

  /** Beyond the deposit a voucher says nothing more, and a second one like it fails. */
  #total(session: number): Amount {
    return Math.min(this.#billed.get(session) ?? 0, this.#sessions.get(session)!.deposit)
  }
}
