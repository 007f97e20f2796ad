/** Charts are drawn anew no more often than after so many epochs of a range. */
const redrawDivisor = 60

/** The newest `range` epochs, both ends included, for charts that needn't change with each; undefined while there are none. */
export function usageSpan(newest: number, range: number): { readonly from: number; readonly to: number } | undefined {
  if (newest < 1) return undefined
  const step = Math.max(1, Math.floor(range / redrawDivisor))
  // A young ledger has fewer epochs than a step: all of them are shown.
  const to = newest < step ? newest : newest - (newest % step)
  return { from: Math.max(1, to - range + 1), to }
}
