/** What became of a record, by the outcome's name; null while it is pending. */
export function Outcome({ of }: { readonly of: string | null }) {
  if (of === null) return <span class="aside">pending</span>
  const isFine = of === 'done' || of === 'paid'
  return <span class={isFine ? 'fine' : 'bad'}>{isFine || of === 'unpaid' ? of : `failed: ${of}`}</span>
}
