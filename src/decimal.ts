import { type Amount, supplyMax } from '../consensus/amount.ts'
import { MalformedError } from '../consensus/errors.ts'

const decimals = 6
const scale = 10 ** decimals

/** µOPEN as an exact decimal in OPEN: no exponent, no trailing zeros. Amounts below zero are differences. */
export function openText(amount: Amount): string {
  const absolute = Math.abs(amount)
  const fraction = String(absolute % scale)
    .padStart(decimals, '0')
    .replace(/0+$/, '')
  const whole = `${amount < 0 ? '-' : ''}${Math.floor(absolute / scale)}`
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** µOPEN of a decimal in OPEN with at most 6 digits after the point. Digits are never rounded; throws MalformedError. */
export function parseOpen(text: unknown, field = 'amount'): Amount {
  const match = typeof text === 'string' ? /^(0|[1-9]\d{0,9})(?:\.(\d{1,6}))?$/.exec(text) : null
  if (match === null) throw new MalformedError(field, 'OPEN as decimal text like "12.5", at most 6 decimals', text)
  const amount = Number(match[1]) * scale + Number((match[2] ?? '').padEnd(decimals, '0'))
  if (amount > supplyMax) throw new MalformedError(field, `at most ${openText(supplyMax)} OPEN`, text)
  return amount
}
