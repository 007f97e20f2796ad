import type { Sample } from './sample.ts'
import { isLevel, secondHalf, type Tolerance, type Trend, trendOf } from './trend.ts'

export interface Finding {
  readonly node: string
  readonly what: string
  readonly trend: Trend
  readonly tolerance: Tolerance
  readonly isLevel: boolean
}

interface Judged {
  readonly what: string
  readonly tolerance: Tolerance
  read(sample: Sample): number
}

const mebibyte = 1024 * 1024

/**
 * Resident memory goes up and down by a few percent with every collection of garbage, and by up to that a line through it may rise by
 * chance. Connections, and files of the store that are just being written, come and go by two or three. A leak is seen all the same, if
 * only the run is long enough: it grows with the time, what is tolerated doesn't.
 */
const judged: readonly Judged[] = [
  {
    what: 'resident MiB',
    tolerance: { share: 0.05, atLeast: 8 },
    read: ({ residentBytes }) => residentBytes / mebibyte,
  },
  { what: 'file descriptors', tolerance: { share: 0.05, atLeast: 3 }, read: ({ fileDescriptors }) => fileDescriptors },
  { what: 'handles', tolerance: { share: 0.05, atLeast: 3 }, read: ({ handles }) => handles },
]

/** Whether what each node takes of the machine was level in the second half. */
export function judge(samples: readonly Sample[]): Finding[] {
  const half = secondHalf(samples)
  return [...Map.groupBy(half, ({ node }) => node)].flatMap(([node, own]) =>
    judged.map(({ what, tolerance, read }) => {
      const trend = trendOf(own.map(sample => ({ seconds: sample.seconds, value: read(sample) })))
      return { node, what, trend, tolerance, isLevel: isLevel(trend, tolerance) }
    }),
  )
}
