import type { Amount } from '../amount.ts'
import { toKey } from '../bytes.ts'
import { outcomes } from '../ledger/outcome.ts'
import { sessionEpochsMax } from '../params.ts'
import type { Ref } from '../ref.ts'
import type { Kind } from './kind.ts'
import { account, amount, integer, optional, refList } from './schema.ts'

/** A user commits money to one payee, and says to what. */
export interface Session {
  readonly kind: 'session'
  readonly payee: Uint8Array
  readonly deposit: Amount
  /** Last epoch in which it can be used. */
  readonly expires: number
  /** Models and agents it pays for; all, where absent. */
  readonly for?: readonly Ref[]
}

const forMax = 16

export const session: Kind<Session> = {
  name: 'session',
  fields: {
    payee: account,
    deposit: amount,
    expires: integer(1, Number.MAX_SAFE_INTEGER),
    for: optional(refList(1, forMax)),
  },
  refs: record => record.for ?? [],
  apply(record, view) {
    const { number: now, params } = view.epoch
    // E4: it opens in the next epoch, so it must last at least that long.
    if (record.expires <= now || record.expires > now + sessionEpochsMax(params))
      return outcomes['expires-out-of-range']
    const refs = (record.for ?? []).map(ref => view.resolve(ref))
    for (const ref of refs) {
      const asset = view.asset(ref)
      if (asset === undefined) return outcomes['unknown-ref']
      if (asset.kind !== 'model' && asset.kind !== 'agent') return outcomes['wrong-kind']
    }
    if (!view.spend(record.deposit)) return outcomes['no-funds']
    view.opened.set(view.self(), {
      payer: view.author,
      payee: toKey(record.payee),
      deposit: record.deposit,
      expires: record.expires,
      for: refs,
      total: 0,
      settled: 0,
    })
    return outcomes.done
  },
}
