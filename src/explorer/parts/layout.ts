import { Graph, layout } from '@dagrejs/dagre'
import type { Lineage, LineageEdge, LineageNode } from '../../api/schema/lineage.ts'

export interface Place {
  readonly node: LineageNode
  /** Of its upper left corner. */
  readonly x: number
  readonly y: number
}

export interface Way {
  readonly edge: LineageEdge
  readonly path: string
  readonly widthPx: number
  /** Where its amount stands. */
  readonly x: number
  readonly y: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly places: readonly Place[]
  readonly ways: readonly Way[]
}

export const nodeWidth = 168
export const nodeHeight = 58
const widestPx = 9
const labelWidth = 64
const labelHeight = 16

/** From what was made, on the left or above, to what it was made from. */
export function layoutOf({ nodes, edges }: Lineage, direction: 'LR' | 'TB'): Layout {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: direction, nodesep: 14, edgesep: 10, ranksep: 44, marginx: 12, marginy: 12 })
  for (const { ref } of nodes) graph.setNode(ref, { width: nodeWidth, height: nodeHeight })
  edges.forEach(({ from, to, amount }, i) => {
    const label = amount > 0 ? { width: labelWidth, height: labelHeight, labelpos: 'c' } : {}
    graph.setEdge(from, to, label, `${i}`)
  })
  layout(graph)
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  const most = Math.max(1, ...edges.map(({ amount }) => amount))
  return {
    width,
    height,
    places: nodes.map(node => {
      const { x, y } = graph.node(node.ref) as { x: number; y: number }
      return { node, x: x - nodeWidth / 2, y: y - nodeHeight / 2 }
    }),
    ways: edges.map((edge, i) => {
      const { points, x, y } = graph.edge({ v: edge.from, w: edge.to, name: `${i}` }) as Drawn
      const middle = points[Math.floor(points.length / 2)]!
      const widthPx = edge.amount === 0 ? 1 : Math.max(1.5, widestPx * Math.sqrt(edge.amount / most))
      return { edge, path: curve(points), widthPx, x: x ?? middle.x, y: y ?? middle.y }
    }),
  }
}

interface Spot {
  readonly x: number
  readonly y: number
}

interface Drawn {
  readonly points: readonly Spot[]
  readonly x?: number
  readonly y?: number
}

/** Through the middles between the points, bent at the points. */
function curve(points: readonly Spot[]): string {
  const [first, ...rest] = points
  if (first === undefined) return ''
  let path = `M${at(first)}`
  rest.forEach((point, i) => {
    const next = rest[i + 1]
    path +=
      next === undefined
        ? `L${at(point)}`
        : `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`
  })
  return path
}

function at({ x, y }: Spot): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`
}
