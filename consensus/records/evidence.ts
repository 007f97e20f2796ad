import { parseSignedMessage, provenOffence } from '../agreement/evidence.ts'
import { toKey } from '../bytes.ts'
import type { ValueMap } from '../cbor/value.ts'
import { MalformedError } from '../errors.ts'
import { offenceCellKey } from '../ledger/cells/slash.ts'
import { wasInOffice } from '../ledger/cells/vote-key.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Kind } from './kind.ts'
import { account, type Check } from './schema.ts'

/** Two messages that one vote key must not both have signed (T12). Anybody may show them. */
export interface Evidence {
  readonly kind: 'evidence'
  /** Vote key, 32 bytes. */
  readonly key: Uint8Array
  /** As `signedMessageValue` writes them. */
  readonly first: ValueMap
  readonly second: ValueMap
}

const signedMessage: Check = value => {
  try {
    parseSignedMessage(value, '')
    return undefined
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    return { path: error.field, expected: `${error.facts.expected}`, got: value }
  }
}

export const evidence: Kind<Evidence> = {
  name: 'evidence',
  fields: { key: account, first: signedMessage, second: signedMessage },
  refs: () => [],
  apply(record, view) {
    const { number, chain } = view.epoch
    const voteKey = toKey(record.key)
    const known = view.opening.voteKey(voteKey)
    if (known === undefined) return outcomes['unknown-key']
    const pair = [parseSignedMessage(record.first), parseSignedMessage(record.second)] as const
    const { epoch } = pair[0]
    if (!wasInOffice(known, epoch, number)) return outcomes['not-in-office']
    const { bonded, unbonding } = view.opening.validator(known.owner)!
    if (bonded + unbonding === 0) return outcomes['nothing-at-stake']
    const cell = offenceCellKey(voteKey, epoch)
    if (view.opening.offence(voteKey, epoch) !== undefined || view.offences.has(cell)) return outcomes['known-offence']
    if (provenOffence(view, chain, { key: record.key, pair }) === undefined) return outcomes['no-offence']
    view.offences.set(cell, { voteKey, epoch, owner: known.owner })
    return outcomes.done
  },
}
