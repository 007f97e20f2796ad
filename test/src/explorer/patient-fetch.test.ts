import * as assert from 'uvu/assert'
import { patientFetch } from '../../../src/explorer/patient-fetch.ts'
import { suite } from '../../harness.ts'

const test = suite('explorer/patient-fetch')

/** How often a node is asked that answers so at first, and well from then on. */
async function timesAsked(status: number, code: string, headers: Record<string, string>): Promise<number> {
  const { fetch } = globalThis
  let times = 0
  globalThis.fetch = async () => {
    times++
    if (times > 1) return Response.json({ ok: true, data: {} })
    return Response.json({ ok: false, error: { code, message: code } }, { status, headers })
  }
  try {
    const answer = await patientFetch('http://node', {})
    // Whoever asked has the whole answer.
    assert.is(typeof ((await answer.json()) as { ok: unknown }).ok, 'boolean')
    return times
  } finally {
    globalThis.fetch = fetch
  }
}

const soon = { 'retry-after': '0.001' }

test('who is asked too much is asked again, by one address or by all', async () => {
  assert.is(await timesAsked(429, 'rate', soon), 2)
  assert.is(await timesAsked(503, 'busy', soon), 2)
})

test('what waiting does not change soon is told at once', async () => {
  assert.is(await timesAsked(503, 'not-ready', soon), 1)
  // The answer took too long.
  assert.is(await timesAsked(503, 'busy', {}), 1)
  assert.is(await timesAsked(404, 'not-found', soon), 1)
})
