/** µOPEN in one OPEN, and ppm in a whole: the two happen to be the same number. */
export const MILLION = 1_000_000n

const DECIMAL = /^(0|[1-9][0-9]*)(?:\.([0-9]{1,6}))?$/

/** Reads a decimal amount in OPEN as µOPEN. Throws on anything else: an oracle that guesses is no judge. */
export function parseOpen(text: string): bigint {
  const match = DECIMAL.exec(text)
  if (match === null) throw new Error(`amount: expected a decimal in OPEN, got ${JSON.stringify(text)}`)
  return BigInt(match[1] ?? '0') * MILLION + BigInt((match[2] ?? '').padEnd(6, '0'))
}

/** Writes µOPEN as a decimal in OPEN, without trailing zeros. */
export function formatOpen(amount: bigint): string {
  const fraction = (amount % MILLION).toString().padStart(6, '0').replace(/0+$/, '')
  return fraction === '' ? `${amount / MILLION}` : `${amount / MILLION}.${fraction}`
}

/** E3, word by word: part i lies between two prefixes of the whole, each rounded down. */
export function divide(amount: bigint, weights: readonly bigint[]): bigint[] {
  const whole = sum(weights)
  if (whole <= 0n) throw new Error(`divide: expected a positive sum of weights, got ${whole}`)
  return weights.map((weight, i) => {
    const before = sum(weights.slice(0, i))
    return (amount * (before + weight)) / whole - (amount * before) / whole
  })
}

/** Divides into a share and the rest of it. */
export function split(amount: bigint, share: bigint): [part: bigint, rest: bigint] {
  const [part, rest] = divide(amount, [share, MILLION - share])
  return [part ?? 0n, rest ?? 0n]
}

export function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}

/** Adds to an entry that may not exist yet. */
export function add(amounts: Map<string, bigint>, key: string, amount: bigint): void {
  amounts.set(key, (amounts.get(key) ?? 0n) + amount)
}
