import { toKey } from '../../../consensus/bytes.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { possessionBytes } from '../../../consensus/records/validator.ts'
import { keyOf, validatorKey, voteKeyOf } from './keys.ts'
import type { World } from './world.ts'

/** The records of an author's next batch; undefined where it has nothing to say. */
export type Pen = () => readonly LedgerRecord[] | undefined

const open = 1_000_000

/** Pays somebody, and now and then moves stake between itself and validators that keep to the rules. */
export function payerPen({ random, scenario }: World): Pen {
  const { authors, stakes, liars } = scenario
  const recipient = keyOf('somebody').publicKey
  // Liars must stay fewer than a third.
  const validators = [...stakes.keys()].filter(index => !liars.has(index)).map(index => validatorKey(index).publicKey)
  let count = 0
  const payment = (): LedgerRecord => {
    const memo = authors.records > 1 ? `${count++}`.padEnd(250, '.') : `${count++}`
    return { kind: 'transfer', to: recipient, amount: 1, memo }
  }
  const move = (): LedgerRecord => ({
    kind: random.pick(['stake', 'stake', 'unstake']),
    validator: random.pick(validators),
    amount: (1 + random.below(200)) * open,
  })
  return () => {
    const payments = Array.from({ length: authors.records }, payment)
    return random.chance(authors.delegates) ? [...payments.slice(1), move()] : payments
  }
}

/** Takes all of a validator's own stake away, once. */
export function leavingPen({ scenario }: World, validator: number): Pen {
  const { publicKey } = validatorKey(validator)
  return once([{ kind: 'unstake', validator: publicKey, amount: scenario.stakes[validator]! }])
}

/** Runs for validator, once. */
export function joiningPen({ scenario, opening }: World, validator: number): Pen {
  const { publicKey } = validatorKey(validator)
  const voteKey = voteKeyOf(validator)
  const possession = voteKey.sign(possessionBytes(opening.chain, toKey(publicKey)))
  return once([
    { kind: 'validator', key: voteKey.publicKey, possession, commission: 0, name: `validator ${validator}` },
    { kind: 'stake', validator: publicKey, amount: scenario.stakes[validator]! },
  ])
}

function once(records: readonly LedgerRecord[]): Pen {
  let isWritten = false
  return () => {
    if (isWritten) return undefined
    isWritten = true
    return records
  }
}
