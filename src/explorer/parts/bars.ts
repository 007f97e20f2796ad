/** One value of a chart. */
export interface Point {
  /** The last epoch it stands for, and the first. */
  readonly epoch: number
  readonly from: number
  readonly value: number
}

export interface Bar {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Mark {
  /** Where it stands along its axis, in px. */
  readonly at: number
  readonly value: number
}

export interface Bars {
  readonly bars: readonly Bar[]
  readonly epochMarks: readonly Mark[]
  readonly valueMarks: readonly Mark[]
  /** The point nearest to a place along the axis of epochs. */
  nearest(x: number): number
}

/** Room around the bars, in px. */
export const margin = { left: 56, right: 8, top: 8, bottom: 22 }
const barWidthMax = 24
const barPart = 0.7
/** Roughly how far apart marks stand, in px. */
const epochMarkPx = 90
const valueMarkPx = 42

/** Bars over epochs in a place of a given size; gaps between epochs stay gaps. */
export function barsOf(points: readonly Point[], width: number, height: number): Bars {
  const first = points[0]?.epoch ?? 0
  const last = points.at(-1)?.epoch ?? 0
  const room = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom }
  const stride = Math.min(
    ...points.map(({ epoch }, i) => epoch - (points[i - 1]?.epoch ?? Number.NEGATIVE_INFINITY)),
    last - first + 1,
  )
  const epochPx = room.width / (last - first + stride)
  const middleOf = (epoch: number): number => margin.left + (epoch - first + stride / 2) * epochPx
  const most = Math.max(...points.map(({ value }) => value), 0)
  const heightOf = (value: number): number => (most === 0 ? 0 : (room.height * value) / most)
  const barWidth = Math.max(1, Math.min(barWidthMax, barPart * stride * epochPx))
  const bottom = margin.top + room.height
  return {
    bars: points.map(({ epoch, value }) => ({
      x: middleOf(epoch) - barWidth / 2,
      y: bottom - heightOf(value),
      width: barWidth,
      height: heightOf(value),
    })),
    epochMarks: marks(first, last, room.width / epochMarkPx, 1).map(value => ({ at: middleOf(value), value })),
    valueMarks: marks(0, most, room.height / valueMarkPx, 1).map(value => ({ at: bottom - heightOf(value), value })),
    nearest: x => nearest(points, first + (x - margin.left) / epochPx - stride / 2),
  }
}

/** Round numbers from one to another, about so many, no closer than `stepMin`. */
function marks(from: number, to: number, wanted: number, stepMin: number): number[] {
  const rough = Math.max((to - from) / Math.max(1, wanted), stepMin)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(each => each >= rough) ?? rough
  const found: number[] = []
  for (let value = Math.ceil(from / step) * step; value <= to; value += step) found.push(value)
  return found
}

function nearest(points: readonly Point[], epoch: number): number {
  let best = 0
  points.forEach((point, i) => {
    if (Math.abs(point.epoch - epoch) < Math.abs(points[best]!.epoch - epoch)) best = i
  })
  return best
}
