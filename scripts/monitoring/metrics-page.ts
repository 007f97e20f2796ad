import type { MetricFacts } from '../../src/metrics/instruments.ts'

/** A page that says what each metric is. */
export function metricsPage(metrics: readonly MetricFacts[]): string {
  const groups = [...new Set(metrics.map(({ group }) => group))]
  const sections = groups.map(group => {
    const rows = metrics.filter(metric => metric.group === group).map(rowOf)
    return [`## ${group}`, '', '| metric | type | labels | tells |', '|---|---|---|---|', ...rows, ''].join('\n')
  })
  return ['# Metrics', '', 'Written by `npm run monitoring` from the metrics themselves.', '', ...sections].join('\n')
}

function rowOf({ name, type, labels, help }: MetricFacts): string {
  return `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help.replaceAll('|', '\\|')} |`
}
