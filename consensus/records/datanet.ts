import type { Ppm } from '../amount.ts'
import { toKey } from '../bytes.ts'
import type { Cid } from '../cid.ts'
import { MalformedError } from '../errors.ts'
import { outcomes } from '../ledger/outcome.ts'
import type { Kind } from './kind.ts'
import { accountList, cid, oneOf, optional, ppm, text } from './schema.ts'

/** A specialised data set and its rules: who is admitted, and how what it earns is shared. */
export interface Datanet {
  readonly kind: 'datanet'
  readonly name: string
  readonly terms?: Cid
  readonly admission: 'open' | 'reviewed'
  readonly reviewers: readonly Uint8Array[]
  readonly ownerShare: Ppm
  readonly originShare: Ppm
  readonly refinerShare: Ppm
}

export const reviewersMax = 16

export const datanet: Kind<Datanet> = {
  name: 'datanet',
  fields: {
    name: text(128),
    terms: optional(cid),
    admission: oneOf('open', 'reviewed'),
    reviewers: accountList(0, reviewersMax),
    ownerShare: ppm,
    originShare: ppm,
    refinerShare: ppm,
  },
  check(record, where) {
    if (record.admission === 'open' && record.reviewers.length > 0) {
      throw new MalformedError(`${where}.reviewers`, 'no reviewers in an open datanet', record.reviewers)
    }
  },
  refs: () => [],
  apply(record, view) {
    const { originFloor, ownerShareMax } = view.epoch.params
    // F6: the floor below which no datanet may push the origins.
    if (record.originShare < originFloor || record.ownerShare > ownerShareMax) return outcomes['share-out-of-bounds']
    view.assets.set(view.self(), {
      kind: 'datanet',
      owner: view.author,
      reviewed: record.admission === 'reviewed',
      reviewers: record.reviewers.map(toKey),
      ownerShare: record.ownerShare,
      originShare: record.originShare,
      refinerShare: record.refinerShare,
    })
    return outcomes.done
  },
}
