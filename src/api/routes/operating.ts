import { found } from '../found.ts'
import { route, text } from '../route.ts'

export const operatingRoutes = [
  route({
    method: 'GET',
    path: '/metrics',
    tag: 'node',
    does: 'What is measured, in the text format of Prometheus; while the node joins, of its process and the join alone.',
    answer: text('text/plain; version=0.0.4; charset=utf-8'),
    refusals: ['not-found'],
    crossOrigin: false,
    cost: 5,
    early: ({ metrics }) => metrics?.(),
    handle: ({ metrics }) => found(metrics, 'metrics')(),
  }),
  route({
    method: 'GET',
    path: '/',
    tag: 'node',
    does: 'The explorer, as one HTML document.',
    answer: text('text/html; charset=utf-8'),
    refusals: ['not-found'],
    crossOrigin: false,
    handle: async ({ page }, _, { header }) => {
      const { html, headers = {} } = found(page, 'page')
      for (const [name, value] of Object.entries(headers)) header(name, value)
      return html
    },
  }),
] as const
