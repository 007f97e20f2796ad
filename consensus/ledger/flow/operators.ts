import type { AccountKey } from '../../account.ts'
import type { ValidatorSet } from '../../agreement/validator-set.ts'
import { type Amount, addAmounts, divide, splitPpm } from '../../amount.ts'
import { indexRise, type ValidatorCell } from '../cells/validator.ts'
import type { Routing } from './routing.ts'

/** What the operators' stage did: validators as they are now, and what was destroyed. */
export interface OperatorsOutcome {
  readonly validators: ReadonlyMap<AccountKey, ValidatorCell>
  readonly burned: Amount
}

/** F5: the pool by stake over the previous epoch's set, in account order; of each part the commission, the rest to those who bonded. */
export function routeOperators(routing: Routing, previous: ValidatorSet): OperatorsOutcome {
  const validators = new Map<AccountKey, ValidatorCell>()
  if (routing.pool === 0) return { validators, burned: 0 }
  const [burned, pool] = splitPpm(routing.pool, routing.params.burn)
  const parts = divide(
    pool,
    previous.map(validator => validator.stake),
  )
  previous.forEach(({ account }, i) => {
    const cell = routing.opening.validator(account)
    const paid = payOperator(routing, account, cell, parts[i]!)
    if (cell !== undefined && paid !== cell) validators.set(account, paid!)
  })
  routing.flows.push({
    kind: 'operators',
    key: '',
    payees: [],
    inbound: routing.poolInbound,
    lists: [
      {
        name: 'operators',
        amount: pool,
        parts: previous.map(({ account, stake }) => ({ to: account, weight: stake })),
      },
    ],
  })
  return { validators, burned }
}

function payOperator(
  routing: Routing,
  account: AccountKey,
  cell: ValidatorCell | undefined,
  amount: Amount,
): ValidatorCell | undefined {
  if (amount === 0) return cell
  // Nobody is bonded any more: there is nobody to accrue for.
  if (cell === undefined || cell.bonded === 0) {
    routing.payouts.add(account, 'operator', account, amount)
    return cell
  }
  const [commission, rest] = splitPpm(amount, cell.commission)
  routing.payouts.add(account, 'operator', account, commission)
  return { ...cell, index: cell.index + indexRise(rest, cell.bonded), accrued: addAmounts(cell.accrued, rest) }
}
