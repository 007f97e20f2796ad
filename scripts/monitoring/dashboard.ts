import type { MetricFacts } from '../../src/metrics/instruments.ts'
import { overview, type Panel, panelOf } from './panel.ts'

const datasource = { type: 'prometheus', uid: '$datasource' }
const columns = 3
const heights = { timeseries: 7, table: 7, stat: 4 } as const

/** Grafana's dashboard of all metrics: a row for each part of the node, the overview open, the others folded. */
export function dashboardOf(metrics: readonly MetricFacts[]): object {
  let id = 0
  let y = 0
  const place = (panels: readonly Panel[], perRow: number): object[] =>
    panels.map((panel, i) => {
      const size = { w: 24 / perRow, h: heights[panel.type] }
      return drawn(panel, ++id, { ...size, x: (i % perRow) * size.w, y: y + Math.floor(i / perRow) * size.h })
    })
  const row = (title: string, panels: readonly Panel[]): object => {
    const inside = place(panels, columns)
    return { id: ++id, type: 'row', title, collapsed: true, gridPos: { h: 1, w: 24, x: 0, y: y++ }, panels: inside }
  }
  const first = place(overview, overview.length)
  y += heights.stat
  const groups = [...new Set(metrics.map(({ group }) => group))]
  const rows = groups.map(group => row(group, metrics.filter(metric => metric.group === group).map(panelOf)))
  return {
    title: 'OpenLedger node',
    uid: 'openledger-node',
    schemaVersion: 39,
    tags: ['openledger'],
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: variables },
    panels: [...first, ...rows],
  }
}

const variables = [
  { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
  {
    name: 'instance',
    label: 'Node',
    type: 'query',
    datasource,
    query: { query: 'label_values(openledger_epoch, instance)', refId: 'instances' },
    refresh: 2,
    multi: true,
    includeAll: true,
    current: { text: 'All', value: '$__all' },
  },
]

interface Place {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

function drawn({ title, description, unit, type, queries }: Panel, id: number, gridPos: Place): object {
  return {
    id,
    type,
    title,
    description,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit }, overrides: [] },
    options: type === 'timeseries' ? { tooltip: { mode: 'multi' } } : {},
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      legendFormat: legend,
      ...(type === 'timeseries' ? {} : { instant: true }),
      ...(type === 'table' ? { format: 'table' } : {}),
    })),
  }
}
