import * as assert from 'uvu/assert'
import { ndjson } from '../../../src/api/ndjson.ts'
import type { ExportLine } from '../../../src/api/node-view.ts'
import { suite } from '../../harness.ts'

const test = suite('api/ndjson')

test('lines go out when nothing follows them for long, and an empty one where there are none', async () => {
  const more = Promise.withResolvers<ExportLine>()
  const lines = async function* () {
    yield { a: 1 }
    yield await more.promise
  }
  const chunks = ndjson(lines(), 10)
  assert.is((await chunks.next()).value, '{"a":1}\n')
  assert.is((await chunks.next()).value, '\n')
  assert.is((await chunks.next()).value, '\n')
  more.resolve({ a: 2 })
  let rest = ''
  for (let step = await chunks.next(); step.done !== true; step = await chunks.next()) rest += step.value
  assert.is(rest.trim(), '{"a":2}')
})

test('lines that come one by one are not kept back', async () => {
  const lines = async function* () {
    for (let a = 0; ; a++) {
      yield { a }
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }
  const chunks = ndjson(lines(), 10)
  const first = String((await chunks.next()).value)
  assert.ok(first.length < 1_000, `${first.length} characters were collected`)
  await chunks.return(undefined)
})

test('who goes away lets go of the lines', async () => {
  let isLeft = false
  const lines = async function* () {
    try {
      for (;;) yield { text: 'x'.repeat(100_000) }
    } finally {
      isLeft = true
    }
  }
  for await (const _ of ndjson(lines())) break
  assert.ok(isLeft)
})

test('lines that fail when nobody reads them any more harm nobody', async () => {
  const lines = async function* () {
    yield { text: 'x'.repeat(100_000) }
    throw new Error('nobody waits for it')
  }
  const unhandled: unknown[] = []
  const listen = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', listen)
  for await (const _ of ndjson(lines())) break
  await new Promise(resolve => setImmediate(resolve))
  process.off('unhandledRejection', listen)
  assert.equal(unhandled, [])
})
