/** Writes what follows from the list of metrics: the dashboard, and the page that explains them. */
import { writeFileSync } from 'node:fs'
import { listMetrics } from '../../src/metrics/metrics.ts'
import { dashboardOf } from './dashboard.ts'
import { metricsPage } from './metrics-page.ts'

const folder = new URL('../../docs/monitoring/', import.meta.url)
const metrics = listMetrics()
writeFileSync(new URL('dashboard.json', folder), `${JSON.stringify(dashboardOf(metrics), null, 2)}\n`)
writeFileSync(new URL('metrics.md', folder), metricsPage(metrics))
