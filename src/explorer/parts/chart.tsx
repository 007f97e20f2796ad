import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { countText } from '../words.ts'
import { barsOf, margin, type Point } from './bars.ts'
import { type Column, Table } from './table.tsx'

interface ChartProps {
  readonly title: string
  readonly points: readonly Point[]
  /** A value as text, with its unit. */
  textOf(value: number): string
  /** What a mark of the axis says: shorter than its text. */
  axisOf(value: number): string
  /** Whether the page has the same in a table anyway. */
  readonly isTold?: boolean
}

const heightPx = 150

/** Bars over epochs; what the pointer is on is said above, and all of it stands in a table. */
export function Chart({ title, points, textOf, axisOf, isTold = false }: ChartProps) {
  const [at, setAt] = useState<number>()
  const shown = at === undefined ? undefined : points[at]
  const sum = points.reduce((total, { value }) => total + value, 0)
  return (
    <figure class="chart">
      <figcaption>
        <span class="title">{title}</span>
        <span class="aside">
          {shown === undefined ? `${textOf(sum)} in all` : `${epochsText(shown)}: ${textOf(shown.value)}`}
        </span>
      </figcaption>
      <Drawing label={`${title}: ${textOf(sum)} in all`} points={points} at={at} setAt={setAt} axisOf={axisOf} />
      {!isTold && (
        <details>
          <summary>As a table</summary>
          <Table
            caption={title}
            columns={columnsOf(textOf)}
            rows={[...points].reverse()}
            keyOf={({ epoch }) => epoch}
            empty="Nothing yet."
          />
        </details>
      )}
    </figure>
  )
}

interface DrawingProps extends Pick<ChartProps, 'points' | 'axisOf'> {
  readonly label: string
  readonly at: number | undefined
  setAt(at: number | undefined): void
}

function Drawing({ label, points, at, setAt, axisOf }: DrawingProps) {
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  const drawn = useMemo(() => barsOf(points, width, heightPx), [points, width])
  const pointed = (event: PointerEvent) =>
    setAt(drawn.nearest(event.clientX - (place.current?.getBoundingClientRect().left ?? 0)))
  return (
    <div ref={place} class="plot" onPointerMove={pointed} onPointerLeave={() => setAt(undefined)}>
      {width > 0 && (
        <svg width={width} height={heightPx} role="img" aria-label={label}>
          {drawn.valueMarks.map(({ at: y, value }) => (
            <g key={value}>
              <line x1={margin.left} x2={width - margin.right} y1={y} y2={y} />
              <text x={margin.left - 8} y={y + 4} text-anchor="end">
                {axisOf(value)}
              </text>
            </g>
          ))}
          {drawn.epochMarks.map(({ at: x, value }) => (
            <text key={value} x={x} y={heightPx - 5} text-anchor="middle">
              {countText(value)}
            </text>
          ))}
          {drawn.bars.map((bar, i) => (
            <rect key={points[i]!.epoch} {...bar} class={i === at ? 'on' : ''} />
          ))}
        </svg>
      )}
    </div>
  )
}

/** 0 until it is known. */
function useWidth(place: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const watch = new ResizeObserver(() => setWidth(element.clientWidth))
    watch.observe(element)
    return () => watch.disconnect()
  }, [place])
  return width
}

function columnsOf(textOf: (value: number) => string): Column<Point>[] {
  return [
    { name: 'Epochs', cell: epochsText },
    { name: 'Value', isNumber: true, cell: ({ value }) => textOf(value) },
  ]
}

function epochsText({ from, epoch }: Point): string {
  return from === epoch ? `epoch ${countText(epoch)}` : `epochs ${countText(from)} to ${countText(epoch)}`
}
