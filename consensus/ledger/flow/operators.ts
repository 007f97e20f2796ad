import type { AccountKey } from '../../account.ts'
import type { ValidatorSet } from '../../agreement/validator-set.ts'
import { type Amount, addAmounts, divide, splitPpm } from '../../amount.ts'
import { indexRise } from '../stake/standing.ts'
import type { Routing } from './routing.ts'

/** F5: the pool by stake over the previous epoch's set, in account order; of each part the commission, the rest to those who bonded. Returns what is destroyed. */
export function routeOperators(routing: Routing, previous: ValidatorSet): Amount {
  if (routing.pool === 0) return 0
  const [burned, pool] = splitPpm(routing.pool, routing.params.burn)
  const parts = divide(
    pool,
    previous.map(validator => validator.stake),
  )
  previous.forEach(({ account }, i) => {
    payOperator(routing, account, parts[i]!)
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
  return burned
}

/** By what stood at the opening: whoever raises the commission does so for what comes. */
function payOperator({ opening, payouts, validators }: Routing, account: AccountKey, amount: Amount): void {
  if (amount === 0) return
  const { bonded, commission, index, accrued } = opening.validator(account)!
  // Nobody is bonded any more: there is nobody to accrue for.
  if (bonded === 0) {
    payouts.add(account, 'operator', account, amount)
    return
  }
  const [paid, rest] = splitPpm(amount, commission)
  payouts.add(account, 'operator', account, paid)
  validators.change(account, { index: index + indexRise(rest, bonded), accrued: addAmounts(accrued, rest) })
}
