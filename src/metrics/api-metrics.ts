import type { MetricsGroup } from './metrics-source.ts'

/** What people and programs ask over HTTP. */
export const apiMetrics: MetricsGroup = (to, source) => {
  to.begin('API')
  to.counters(
    'api_requests_total',
    'Requests that the API answered, by declared route (none: no route) and HTTP status.',
    ['route', 'status'],
    () =>
      source.api
        .all()
        .flatMap(({ route, statuses }) =>
          Object.entries(statuses).map(([status, count]) => [{ route, status }, count] as const),
        ),
  )
  to.counters('api_request_seconds_total', 'Time that these requests took.', ['route'], () =>
    source.api.all().map(({ route, seconds }) => [{ route }, seconds] as const),
  )
  return undefined
}
