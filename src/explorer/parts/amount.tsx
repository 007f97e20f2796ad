import { amountText } from '../words.ts'

/** µOPEN, exact, with its unit. */
export function Amount({ of }: { readonly of: number }) {
  return (
    <span class="amount">
      {amountText(of)} <span class="unit">OPEN</span>
    </span>
  )
}
