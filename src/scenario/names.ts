import { type AccountKey, parseAccount } from '../../consensus/account.ts'
import { toKey } from '../../consensus/bytes.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { parseRef, type Ref } from '../../consensus/ref.ts'
import { ActionRef } from './draft.ts'

/** What the names in a scenario stand for: `@LABEL` a record, `@@NAME` an account. */
export class Names {
  readonly actors = new Map<string, Uint8Array>()
  readonly labels = new Map<string, number>()
  readonly #byAccount = new Map<AccountKey, string>()
  readonly #accountOf: (actor: string) => Uint8Array
  readonly #known: ReadonlyMap<string, Ref>

  /** `known`: labels of records that are on the ledger already. */
  constructor(accountOf: (actor: string) => Uint8Array, known: ReadonlyMap<string, Ref> = new Map()) {
    this.#accountOf = accountOf
    this.#known = known
  }

  /** Public key (32 bytes) of an actor; from now on its account is known by that name. */
  actor(name: string): Uint8Array {
    const known = this.actors.get(name)
    if (known !== undefined) return known
    const account = this.#accountOf(name)
    this.actors.set(name, account)
    if (!this.#byAccount.has(toKey(account))) this.#byAccount.set(toKey(account), name)
    return account
  }

  actorOf(account: Uint8Array): string | undefined {
    return this.#byAccount.get(toKey(account))
  }

  label(label: string, action: number): void {
    if (this.labels.has(label)) throw new MalformedError('as', 'a label that no earlier line has', label)
    this.labels.set(label, action)
  }

  account(value: unknown, field: string): Uint8Array {
    if (typeof value !== 'string') throw new MalformedError(field, '@@NAME or did:key:…', value)
    if (!value.startsWith('@@')) return parseAccount(value, field)
    return this.actor(checkName(value.slice(2), field))
  }

  ref(value: unknown, field: string): ActionRef | Ref {
    if (typeof value !== 'string') throw new MalformedError(field, '@LABEL or <cid>/<index>', value)
    if (value.startsWith('@@') || !value.startsWith('@')) return this.#refText(value, field)
    const label = value.slice(1)
    const action = this.labels.get(label)
    if (action !== undefined) return new ActionRef(action)
    const known = this.#known.get(label)
    if (known === undefined) throw new MalformedError(field, 'the label of an earlier line', value)
    return known
  }

  #refText(value: string, field: string): Ref {
    if (value.startsWith('@@')) throw new MalformedError(field, '@LABEL, a record: @@NAME is an account', value)
    const ref = parseRef(value, field)
    if (ref[0] === null) throw new MalformedError(field, '@LABEL or <cid>/<index>', value)
    return ref
  }
}

const nameLengthMax = 128

/** A name of an actor or a label. */
export function checkName(value: unknown, field: string): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= nameLengthMax && !value.startsWith('@'))
    return value
  throw new MalformedError(field, `a name of 1 to ${nameLengthMax} characters that doesn't begin with @`, value)
}
