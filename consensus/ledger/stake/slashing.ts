import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import { type ByteKey, compareKeys } from '../../bytes.ts'
import type { Epoch } from '../author-view.ts'
import { offenceCellKey, offenceCodec } from '../cells/slash.ts'
import type { ClosingState } from '../closing-state.ts'
import type { ClosingValidators } from './closing-validators.ts'
import { afterSlash } from './standing.ts'

/** T13: a proven offence, by the key of its cell: each is punished once, whoever reports it. */
export interface ProvenOffence {
  readonly voteKey: ByteKey
  readonly epoch: number
  readonly owner: AccountKey
}

/** T13: slashes and bans; what it takes is the treasury's. */
export function punish(
  closing: ClosingState,
  validators: ClosingValidators,
  epoch: Epoch,
  offences: ReadonlyMap<ByteKey, ProvenOffence>,
): Amount {
  let taken = 0
  for (const key of [...offences.keys()].sort(compareKeys)) {
    const { voteKey, epoch: offended, owner } = offences.get(key)!
    closing.put(offenceCodec, offenceCellKey(voteKey, offended), undefined, { punished: epoch.number })
    taken += slashValidator(validators, epoch, owner)
    ban(validators, epoch, voteKey, owner)
  }
  return taken
}

function slashValidator(validators: ClosingValidators, { params }: Epoch, account: AccountKey): Amount {
  const { bonded, unbonding, index } = validators.of(account)
  if (params.slashDouble === 0) return 0
  const left = {
    bonded: afterSlash(bonded, params.slashDouble),
    unbonding: afterSlash(unbonding, params.slashDouble),
  }
  validators.addSlash(account, { index, taken: params.slashDouble })
  validators.change(account, left)
  return bonded - left.bonded + (unbonding - left.unbonding)
}

/** Whichever key is in force by now: who changes keys quickly is out of the election all the same. */
function ban(validators: ClosingValidators, epoch: Epoch, voteKey: ByteKey, account: AccountKey): void {
  validators.putVoteKey(voteKey, { ...validators.voteKey(voteKey)!, banned: true })
  validators.change(account, { key: null, barredUntil: epoch.number + epoch.params.unbonding })
}
