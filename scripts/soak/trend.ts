export interface Point {
  readonly seconds: number
  readonly value: number
}

export interface Trend {
  readonly mean: number
  /** From the first point to the last, at the median of the slopes between all pairs of points (Theil and Sen). */
  readonly growth: number
  readonly perHour: number
}

export interface Tolerance {
  /** Of the mean. */
  readonly share: number
  /** However small the mean. */
  readonly atLeast: number
}

/** As many pairs of points as are quickly looked at; a soak of days brings hundreds of times as many. */
const pointsMax = 1_000

/**
 * At least two points of different times. What lasts for a few samples only, as the tables that LevelDB maps while it merges them, is no
 * growth, whenever it comes; a line that fits best would rise with it at the end and fall at the beginning.
 */
export function trendOf(points: readonly Point[]): Trend {
  const drawn = thinned(points)
  const slopes = drawn
    .flatMap((from, i) => drawn.slice(i + 1).map(to => (to.value - from.value) / (to.seconds - from.seconds)))
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  if (slopes.length === 0) throw new Error('a trend takes two samples of different times or more')
  const middle = slopes.length >> 1
  const slope = slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2
  const mean = points.reduce((sum, { value }) => sum + value, 0) / points.length
  const span =
    latest(points) - points.reduce((first, { seconds }) => Math.min(first, seconds), Number.POSITIVE_INFINITY)
  return { mean, growth: slope * span, perHour: slope * 3_600 }
}

/** At most `pointsMax` of them, evenly, the first and the last included. */
function thinned(points: readonly Point[]): readonly Point[] {
  if (points.length <= pointsMax) return points
  const step = (points.length - 1) / (pointsMax - 1)
  return Array.from({ length: pointsMax }, (_, i) => points[Math.round(i * step)]!)
}

function latest(samples: readonly { readonly seconds: number }[]): number {
  return samples.reduce((last, { seconds }) => Math.max(last, seconds), Number.NEGATIVE_INFINITY)
}

/** What came after half the time: by then caches are full, and what still grows isn't one of them. */
export function secondHalf<T extends { readonly seconds: number }>(samples: readonly T[]): T[] {
  const last = latest(samples)
  return samples.filter(({ seconds }) => seconds >= last / 2)
}

/** Falling is level as well. */
export function isLevel({ mean, growth }: Trend, { share, atLeast }: Tolerance): boolean {
  return growth <= Math.max(mean * share, atLeast)
}
