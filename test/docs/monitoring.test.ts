/** What docs/monitoring shows and watches is what a node really tells. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { dashboardOf } from '../../scripts/monitoring/dashboard.ts'
import { metricsPage } from '../../scripts/monitoring/metrics-page.ts'
import { type Daemon, startDaemon } from '../../src/daemon/daemon.ts'
import { listMetrics } from '../../src/metrics/metrics.ts'
import { declaredNames, metricValue, parseMetrics } from '../fixtures/metric-lines.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { alertCases, ruleTests } from './alert-cases.ts'
import { findPromtool, noPromtool, runPromtool } from './promtool.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly action: string }
}

interface Panel {
  readonly panels?: readonly Panel[]
  readonly targets?: readonly { readonly expr: string }[]
}

const test = suite('docs/monitoring')
const folder = join(import.meta.dirname, '../../docs/monitoring')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const dashboard = JSON.parse(read('dashboard.json')) as { readonly panels: readonly Panel[] }
const rules = (parse(read('alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(group => group.rules)

let daemon: Daemon
let text: string

test.before(async () => {
  daemon = await startDaemon({
    data: tempFolder(),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    peersTarget: 0,
    sync: 'snapshot',
    api: { host: '127.0.0.1', port: 0 },
    apiProxies: [],
    log: 'silent',
    logFormat: 'json',
  })
  const answer = await fetch(`${daemon.api}/metrics`)
  assert.is(answer.status, 200)
  assert.match(answer.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
  text = await answer.text()
})

test.after(() => daemon.stop())

const queries = (panels: readonly Panel[]): string[] =>
  panels.flatMap(({ panels: inside = [], targets = [] }) => [...targets.map(({ expr }) => expr), ...queries(inside)])

/** Metrics that an expression asks for; a histogram's series count as it. */
function namesIn(expr: string): string[] {
  const names = expr.match(/\b(openledger|process|nodejs)_[a-z0-9_]+/g) ?? []
  const known = new Set(listMetrics().map(({ name }) => name))
  return names.map(name => (known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')))
}

test('every metric that the dashboard asks for is one that a node tells', () => {
  const told = new Set(declaredNames(text))
  const asked = queries(dashboard.panels).flatMap(namesIn)
  assert.ok(asked.length > 100)
  assert.equal(
    asked.filter(name => !told.has(name)),
    [],
  )
})

test('answers of the API are counted by route and status, whatever anybody asks for', async () => {
  await fetch(`${daemon.api}/v1/accounts/nobody`)
  await fetch(`${daemon.api}/no/such/route`)
  const lines = parseMetrics(await (await fetch(`${daemon.api}/metrics`)).text())
  const count = (route: string, status: string) =>
    metricValue(lines, 'openledger_api_requests_total', { route, status })
  assert.ok(count('/metrics', '200') >= 1)
  assert.is(count('/v1/accounts/:account', '400'), 1)
  assert.is(count('none', '404'), 1)
  assert.ok(metricValue(lines, 'openledger_api_request_seconds_total', { route: '/metrics' }) > 0)
})

test('every metric that a node tells is in the dashboard', () => {
  const asked = new Set(queries(dashboard.panels).flatMap(namesIn))
  const told = declaredNames(text)
  assert.ok(told.length > 90)
  assert.equal(
    told.filter(name => !asked.has(name)),
    [],
  )
})

test('dashboard and page are what the metrics come to: npm run monitoring', () => {
  const metrics = listMetrics()
  assert.equal(read('dashboard.json'), `${JSON.stringify(dashboardOf(metrics), null, 2)}\n`)
  assert.is(read('metrics.md'), metricsPage(metrics))
})

test('every metric that an alert watches is one that a node tells, and each alert says what to do', () => {
  const told = new Set(declaredNames(text))
  for (const { alert, expr, labels, annotations } of rules) {
    const names = namesIn(expr)
    assert.ok(names.length > 0 || expr.startsWith('up{'), alert)
    assert.equal(
      names.filter(name => !told.has(name)),
      [],
      alert,
    )
    assert.match(labels.severity, /^(page|ticket)$/, alert)
    assert.ok(annotations.summary.length > 10 && annotations.action.length > 10, alert)
  }
})

test('every figure that the page on the economy explains is told', () => {
  const told = new Set(declaredNames(text))
  const explained = [...read('README.md').matchAll(/^\| `((?:economy|stake)_\w+)`((?:, `_\w+`)*)/gm)]
  assert.ok(explained.length >= 8)
  for (const [, name, others] of explained) {
    const stem = name!.replace(/_(inferences|inferences_total)$/, '')
    const more = [...others!.matchAll(/`(_\w+)`/g)].map(([, end]) => stem + end)
    for (const each of [name!, ...more]) assert.ok(told.has(`openledger_${each}`), each)
  }
})

const promtool = findPromtool()
if (promtool === undefined && process.env.OPENLEDGER_PROMTOOL !== 'required') test.skip(`promtool (${noPromtool})`)
else {
  const check = (args: readonly string[], input?: string) => {
    if (promtool === undefined) throw new Error(noPromtool)
    return runPromtool(promtool, args, input)
  }

  test('promtool accepts the alert rules and the configuration that loads them', () => {
    const checkedRules = check(['check', 'rules', join(folder, 'alerts.yml')])
    assert.ok(checkedRules.ok, checkedRules.output)
    assert.match(checkedRules.output, `${rules.length} rules found`)
    const config = check(['check', 'config', join(folder, 'prometheus.yml')])
    assert.ok(config.ok, config.output)
  })

  test('each alert fires when it should, and only then', () => {
    assert.equal(alertCases.map(({ alert }) => alert).sort(), rules.map(({ alert }) => alert).sort())
    const file = join(tempFolder(), 'tests.yml')
    writeFileSync(file, JSON.stringify(ruleTests(join(folder, 'alerts.yml'))))
    const { ok, output } = check(['test', 'rules', file])
    assert.ok(ok, output)
  })

  test('promtool has nothing against the names and texts of the own metrics', () => {
    // The names of the process' metrics are those of a library, which breaks a rule or two.
    const own = text.split('\n').filter(line => /^(# (HELP|TYPE) )?openledger_/.test(line))
    const { ok, output } = check(['check', 'metrics'], `${own.join('\n')}\n`)
    assert.ok(ok && output === '', output)
  })

  test('promtool can read every query of the dashboard', () => {
    // It checks expressions only as rules; what Grafana fills in is filled in.
    const rules = queries(dashboard.panels).map((expr, i) => ({
      record: `query:${i}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
    }))
    const file = join(tempFolder(), 'queries.yml')
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
    const { ok, output } = check(['check', 'rules', file])
    assert.ok(ok, output)
    assert.match(output, `${rules.length} rules found`)
  })
}
