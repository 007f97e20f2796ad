import * as assert from 'uvu/assert'
import { ApiClient } from '../../../src/client/api-client.ts'
import { type Received, type Sent, unreachable } from '../../../src/client/transport.ts'
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

const lost = (): never => {
  throw unreachable('here', 'the answer broke off', new Error('it broke off'))
}

/** Breaks off after this text. */
function streamOf(text: string): Received {
  const chunks = async function* () {
    yield new TextEncoder().encode(text)
    lost()
  }
  return { status: 200, bytes: async () => new Uint8Array(), chunks }
}

test('a stream of events that was open once is taken up again, even if it broke off before it said where it is', async () => {
  const event = 'id: 7\nevent: checkpoint\ndata: {"epoch":7}\n\n'
  const answers = [() => streamOf(''), lost, () => streamOf(event)]
  const client = new ApiClient(async () => answers.shift()!())
  for await (const { id } of client.events()) {
    assert.is(id, '7')
    break
  }
  assert.is(answers.length, 0)
})

test('a node that doesn’t answer the first time gives no stream of events', async () => {
  let asked = 0
  const client = new ApiClient(async () => {
    asked++
    return lost()
  })
  const code = await client
    .events()
    .next()
    .catch((error: { code: string }) => error.code)
  assert.equal([code, asked], ['unreachable', 1])
})
