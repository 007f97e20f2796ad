import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { CrowdOfClients } from '../../../scripts/soak/crowd.ts'
import { tokenFile } from '../../../src/api/token.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../../src/temp-folder.ts'

type Net = Parameters<typeof CrowdOfClients.start>[0]

const test = suite('scripts/soak/crowd')

/** A network of which the crowd sees one node, and what its load made final. */
function netWith(refs: readonly string[]): Net {
  const data = tempFolder()
  writeFileSync(join(data, tokenFile), 'secret')
  const node = { data, ready: { api: 'http://127.0.0.1:1' }, client: { status: async () => ({ epoch: 1 }) } }
  return { fleet: { nodes: [node] }, load: { refs, funds: { actors: new Map() } } } as unknown as Net
}

test('who waits for something to ask about is stopped by the signal', async () => {
  const controller = new AbortController()
  const starting = CrowdOfClients.start(netWith([]), 1, 1, controller.signal)
  controller.abort(new Error('enough'))
  const error = await starting.then(
    () => undefined,
    (failure: Error) => failure,
  )
  assert.is(error?.name, 'AbortError')
})

test('clients that end with an error say so', async () => {
  const tooMany = 2 ** 33
  const crowd = await CrowdOfClients.start(netWith(['bafy/0']), tooMany, 60, new AbortController().signal)
  if (!crowd.broken.aborted) await once(crowd.broken, 'abort')
  assert.match(crowd.broken.reason.message, /^the clients broke down: Invalid array length/)
  await crowd.stop()
})
