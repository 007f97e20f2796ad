export interface Point {
  readonly seconds: number
  readonly value: number
}

export interface Trend {
  readonly mean: number
  /** Of the line that fits best (least squares), from the first point to the last. */
  readonly growth: number
  readonly perHour: number
}

export interface Tolerance {
  /** Of the mean. */
  readonly share: number
  /** However small the mean. */
  readonly atLeast: number
}

/** At least two points of different times. */
export function trendOf(points: readonly Point[]): Trend {
  const count = points.length
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / count
  const middle = meanOf(points.map(({ seconds }) => seconds))
  const mean = meanOf(points.map(({ value }) => value))
  const spread = points.reduce((sum, { seconds }) => sum + (seconds - middle) ** 2, 0)
  if (!(spread > 0)) throw new Error('a trend takes two samples of different times or more')
  const slope = points.reduce((sum, { seconds, value }) => sum + (seconds - middle) * (value - mean), 0) / spread
  const times = points.map(({ seconds }) => seconds)
  const span = Math.max(...times) - Math.min(...times)
  return { mean, growth: slope * span, perHour: slope * 3_600 }
}

/** What came after half the time: by then caches are full, and what still grows isn't one of them. */
export function secondHalf<T extends { readonly seconds: number }>(samples: readonly T[]): T[] {
  const last = Math.max(...samples.map(({ seconds }) => seconds))
  return samples.filter(({ seconds }) => seconds >= last / 2)
}

/** Falling is level as well. */
export function isLevel({ mean, growth }: Trend, { share, atLeast }: Tolerance): boolean {
  return growth <= Math.max(mean * share, atLeast)
}
