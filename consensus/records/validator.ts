import type { AccountKey } from '../account.ts'
import type { Ppm } from '../amount.ts'
import { concat, domainSeparated, fromKey, toKey } from '../bytes.ts'
import type { Cid } from '../cid.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Kind } from './kind.ts'
import { account, bytes, ppm, text } from './schema.ts'

/** An account runs for validator, changes what it said, or shows that it is still there (T13). */
export interface Validator {
  readonly kind: 'validator'
  /** Vote key, 32 bytes. */
  readonly key: Uint8Array
  /** The vote key's signature over `possessionBytes`, 64 bytes: nobody takes another's key. */
  readonly possession: Uint8Array
  /** Part of what the operators' pool gives it that it keeps. */
  readonly commission: Ppm
  readonly name: string
}

const domain = 'openledger/vote-key/1'

/** `openledger/vote-key/1` ‖ 0x00 ‖ chain (36 bytes) ‖ account (32 bytes). */
export function possessionBytes(chain: Cid, account: AccountKey): Uint8Array {
  return domainSeparated(domain, concat(chain.bytes, fromKey(account)))
}

export const validator: Kind<Validator> = {
  name: 'validator',
  fields: { key: account, possession: bytes(64), commission: ppm, name: text(128) },
  refs: () => [],
  apply(record, view) {
    const { number, chain } = view.epoch
    const known = view.opening.voteKey(toKey(record.key))
    if (known !== undefined && known.owner !== view.author) return outcomes['key-taken']
    if (known?.banned === true) return outcomes['key-banned']
    if (number < (view.opening.validator(view.author)?.barredUntil ?? 0)) return outcomes['validator-barred']
    if (!view.verify(record.possession, possessionBytes(chain, view.author), record.key))
      return outcomes['possession-signature']
    view.registration = { key: record.key, commission: record.commission, name: record.name }
    return outcomes.done
  },
}
