import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { Lineage, LineageEdge, LineageNode, Relation } from '../../api/schema/lineage.ts'
import { useSurroundings } from '../context.ts'
import { hrefOf } from '../place.ts'
import { amountText } from '../words.ts'
import { Amount } from './amount.tsx'
import { Id } from './id.tsx'
import { type Layout, layoutOf, nodeHeight, nodeWidth, type Place, type Way } from './layout.ts'
import { type Column, Table } from './table.tsx'

export const relationTexts: Readonly<Record<Relation, string>> = {
  base: 'is built on',
  data: 'declares as its data',
  parent: 'was made from',
  member: 'holds',
  named: 'named, or its money reached',
  origin: 'paid as an origin',
}

/** How far the drawing is shrunk to fit, before it scrolls: its small letters must stay readable. */
const shrunkMin = 0.8
/** Lines with an amount written on them, the largest: more would hide each other. */
const labelsMax = 24
/** Characters that fit into a box. */
const nameCharsMax = 22

/** An asset's lineage: boxes are links, lines are as wide as the money that went along them, and all of it stands in a table below. */
export function LineageGraph({ lineage }: { readonly lineage: Lineage }) {
  const direction = matchMedia('(max-width: 40rem)').matches ? 'TB' : 'LR'
  const drawn = useMemo(() => layoutOf(lineage, direction), [lineage, direction])
  const scroll = useRef<HTMLElement>(null)
  useLayoutEffect(() => scrollTo(scroll.current, drawn, lineage.subject), [drawn, lineage.subject])
  const { nodes, edges } = lineage
  return (
    <figure class="graph">
      <section
        ref={scroll}
        class="scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Lineage as a drawing; the same stands in the table below"
      >
        <Drawing drawn={drawn} subject={lineage.subject} />
      </section>
      <figcaption class="legend">
        <span class="key">
          <i class="swatch money" /> money that went this way, wider for more
        </span>
        <span class="key">
          <i class="swatch origin" /> paid past the parents to an origin
        </span>
        <span class="key">
          <i class="swatch bare" /> declared, no money yet
        </span>
      </figcaption>
      <details>
        <summary>
          As a table: {nodes.length} assets, {edges.length} connections
        </summary>
        <Table
          caption="Assets of the lineage"
          isCaptionShown
          columns={nodeColumns}
          rows={nodes}
          keyOf={({ ref }) => ref}
          empty="None."
        />
        <Table
          caption="Connections of the lineage"
          isCaptionShown
          columns={edgeColumns(new Map(nodes.map(node => [node.ref, node])))}
          rows={edges}
          keyOf={({ from, to, relation }) => from + relation + to}
          empty="It was made from nothing, and nothing was made from it."
        />
      </details>
    </figure>
  )
}

const nodeColumns: readonly Column<LineageNode>[] = [
  { name: 'Asset', cell: ({ ref, name }) => <Id of={ref} text={name} /> },
  { name: 'Kind', cell: ({ kind }) => kind },
  { name: 'Owner', isSpare: true, cell: ({ owner }) => <Id of={owner} /> },
  { name: 'Received', isNumber: true, cell: ({ received }) => <Amount of={received} /> },
  { name: 'Paid to accounts', isNumber: true, cell: ({ paid }) => <Amount of={paid} /> },
]

function edgeColumns(nodes: ReadonlyMap<string, LineageNode>): Column<LineageEdge>[] {
  return [
    { name: 'From', cell: ({ from }) => <Id of={from} text={nodes.get(from)?.name} /> },
    { name: 'How', cell: ({ relation }) => relationTexts[relation] },
    { name: 'To', cell: ({ to }) => <Id of={to} text={nodes.get(to)?.name} /> },
    {
      name: 'Weight',
      isNumber: true,
      isSpare: true,
      cell: ({ weight }) => (weight === null ? '–' : `${weight / 10_000} %`),
    },
    { name: 'Money', isNumber: true, cell: ({ amount }) => <Amount of={amount} /> },
  ]
}

function Drawing({ drawn, subject }: { readonly drawn: Layout; readonly subject: string }) {
  const { width, height, places, ways } = drawn
  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing has no fieldset
    <svg
      style={{ maxWidth: `${width}px`, minWidth: `${Math.round(width * shrunkMin)}px` }}
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label="Lineage"
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus */}
      <g aria-hidden="true">
        {ways.map(way => (
          <path key={keyOf(way)} d={way.path} class={classOf(way.edge)} stroke-width={way.widthPx} fill="none" />
        ))}
        {largest(ways).map(way => (
          <text key={keyOf(way)} x={way.x} y={way.y + 4} class="money" text-anchor="middle">
            {amountText(way.edge.amount)}
          </text>
        ))}
      </g>
      {places.map(place => (
        <Box key={place.node.ref} place={place} isSubject={place.node.ref === subject} />
      ))}
    </svg>
  )
}

function Box({ place: { node, x, y }, isSubject }: { readonly place: Place; readonly isSubject: boolean }) {
  const { nameOf } = useSurroundings()
  const { ref, kind, owner, received } = node
  const name = nameOf(ref) ?? node.name
  const whose = nameOf(owner)
  return (
    <a href={hrefOf({ page: 'record', ref })} class={`box ${kind}${isSubject ? ' subject' : ''}`}>
      <rect x={x} y={y} width={nodeWidth} height={nodeHeight} rx="4" />
      <text x={x + 10} y={y + 17} class="kind">
        {kind}
        {whose === undefined ? '' : ` · ${whose}`}
      </text>
      <text x={x + 10} y={y + 33} class="name">
        {cut(name)}
      </text>
      <text x={x + 10} y={y + 49} class="received">
        {amountText(received)} OPEN
      </text>
    </a>
  )
}

/** Where the drawing is wider than its place, what it is about comes into the middle. */
function scrollTo(place: HTMLElement | null, { width, places }: Layout, subject: string): void {
  const box = places.find(({ node }) => node.ref === subject)
  if (place === null || box === undefined) return
  const scale = place.scrollWidth / width
  place.scrollLeft = (box.x + nodeWidth / 2) * scale - place.clientWidth / 2
}

function largest(ways: readonly Way[]): Way[] {
  const paid = ways.filter(({ edge }) => edge.amount > 0)
  return paid.sort((a, b) => b.edge.amount - a.edge.amount).slice(0, labelsMax)
}

function keyOf({ edge: { from, to, relation } }: Way): string {
  return from + relation + to
}

function classOf({ relation, amount }: LineageEdge): string {
  if (amount === 0) return 'way bare'
  return relation === 'origin' ? 'way origin' : 'way money'
}

function cut(name: string): string {
  const letters = [...name]
  return letters.length <= nameCharsMax ? name : `${letters.slice(0, nameCharsMax - 1).join('')}…`
}
