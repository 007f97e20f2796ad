import { json, route } from '../route.ts'
import { submitStatus } from '../schema/submit.ts'
import { decodeSubmit, submitBytesMax, submitMediaType } from '../submit-body.ts'

export const submitRoutes = [
  route({
    method: 'POST',
    path: '/v1/submit',
    tag: 'writing',
    does: 'Takes a signed batch in, DAG-CBOR of [header, signature, body], and makes it durable before it answers.',
    body: { kind: 'bytes', mediaType: submitMediaType, bytesMax: submitBytesMax },
    answer: json(submitStatus),
    refusals: ['encoding', 'signature', 'batch-void', 'mempool-full'],
    access: 'token',
    // It waits for nothing that only reads: writing must stay possible while others ask what is dear.
    cost: 5,
    handle: ({ view }, _, { body }) => view.submit(decodeSubmit(body)),
  }),
] as const
