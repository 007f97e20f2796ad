import { json, route } from '../route.ts'
import { pageFields, pageOf } from '../schema/page.ts'
import { params } from '../schema/params.ts'
import { validator } from '../schema/validator.ts'

const tag = 'validators'

export const validatorRoutes = [
  route({
    method: 'GET',
    path: '/v1/validators',
    tag,
    does: 'Who has ever run for validator, by account; `stake` says who votes.',
    fields: pageFields,
    answer: json(pageOf(validator)),
    cost: 2,
    handle: ({ pages }, ask) => pages.validators(ask),
  }),
  route({
    method: 'GET',
    path: '/v1/params',
    tag,
    does: 'The parameters that are in force.',
    answer: json(params),
    handle: async ({ pages }) => {
      const { epoch, params } = pages.params()
      return { epoch, params: { ...params } }
    },
  }),
] as const
