import * as assert from 'uvu/assert'
import { ApiClient } from '../../../src/client/api-client.ts'
import type { Sent } from '../../../src/client/transport.ts'
import { suite } from '../../harness.ts'

const test = suite('client/api-client')

test('between the pieces of a file a node may be silent for longer than while it tells what it knows', async () => {
  const sent: Sent[] = []
  const client = new ApiClient(async question => {
    sent.push(question)
    const bytes = new TextEncoder().encode('{"ok":true,"data":{}}')
    return { status: 200, bytes: async () => bytes, chunks: () => [bytes].values() as never }
  })
  await client.get('/v1/status')
  for await (const _ of client.stream('/v1/car'));
  const [json, file] = sent
  assert.ok(file!.silenceMs >= 10 * json!.silenceMs, `${file!.silenceMs} ms`)
})
