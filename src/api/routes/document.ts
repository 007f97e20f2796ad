import { route, text } from '../route.ts'

export const documentRoutes = [
  route({
    method: 'GET',
    path: '/v1/openapi.json',
    tag: 'node',
    does: 'This document: OpenAPI 3.1, made of the schemas that requests are checked by.',
    answer: text('application/json; charset=utf-8'),
    cost: 5,
    handle: async ({ document }) => document(),
  }),
] as const
