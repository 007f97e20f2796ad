/** Who votes on an epoch, as the oracle knows it: from the run's plan, not from the ledger. */
export interface Officer {
  /** Vote key, in hex. */
  readonly key: string
  readonly stake: number
}

/** In account order. */
export type Office = readonly Officer[]

export function stakeOf(office: Office, keys: Iterable<string>): bigint {
  const voters = new Set(keys)
  return office.reduce((sum, { key, stake }) => sum + (voters.has(key) ? BigInt(stake) : 0n), 0n)
}

const wholeStake = (office: Office): bigint => office.reduce((sum, { stake }) => sum + BigInt(stake), 0n)

export function isTwoThirdsMajority(office: Office, keys: Iterable<string>): boolean {
  return stakeOf(office, keys) > (2n * wholeStake(office)) / 3n
}

export function isMoreThanOneThird(office: Office, keys: Iterable<string>): boolean {
  return stakeOf(office, keys) * 3n > wholeStake(office)
}

/** T3, from the text of the rule: whose turn it is to propose. */
export function turnOf(office: Office, epoch: number, round: number): Officer {
  const product = ((BigInt(epoch) + BigInt(round)) * 0x9e3779b97f4a7c15n) % 2n ** 64n
  const point = (product * wholeStake(office)) / 2n ** 64n
  let end = 0n
  const owner = office.find(({ stake }) => {
    end += BigInt(stake)
    return point < end
  })
  return owner!
}
