import type { Amount } from '../amount.ts'
import { domainSeparated, fromKey } from '../bytes.ts'
import { encode } from '../cbor/encode.ts'
import type { Cid } from '../cid.ts'
import { usableSession } from '../ledger/billing.ts'
import { outcomes } from '../ledger/outcome.ts'
import { type Ref, type RefKey, refFromKey } from '../ref.ts'
import type { Kind } from './kind.ts'
import { amount, bytes, ref } from './schema.ts'

/** The payer's running total for a session, signed by the payer and submitted by the payee. */
export interface Voucher {
  readonly kind: 'voucher'
  readonly session: Ref
  readonly total: Amount
  /** 64 bytes, of the payer over `voucherBytes`. */
  readonly signature: Uint8Array
}

/** What a payer signs: `openledger/voucher/1` ‖ 0x00 ‖ {chain, session, total}. */
export function voucherBytes(chain: Cid, session: RefKey, total: Amount): Uint8Array {
  return domainSeparated('openledger/voucher/1', encode({ chain, session: refFromKey(session), total }))
}

export const voucher: Kind<Voucher> = {
  name: 'voucher',
  fields: { session: ref, total: amount, signature: bytes(64) },
  refs: record => [record.session],
  apply(record, view) {
    const sessionRef = view.resolve(record.session)
    const session = usableSession(view, sessionRef)
    if (typeof session === 'number') return session
    const total = Math.min(record.total, session.opening.deposit)
    if (total <= session.total) return outcomes['voucher-not-above']
    const signed = voucherBytes(view.epoch.chain, sessionRef, record.total)
    if (!view.verify(record.signature, signed, fromKey(session.opening.payer))) return outcomes['voucher-signature']
    session.total = total
    return outcomes.done
  },
}
