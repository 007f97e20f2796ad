import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { LoadedNetwork } from '../../../scripts/soak/loaded-network.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../../src/temp-folder.ts'

const test = suite('scripts/soak/loaded-network')

test('a load whose network is stopped ends, though its signal never comes', async () => {
  const { signal } = new AbortController()
  const net = await LoadedNetwork.furnish({ nodes: 1, epochMs: 500, seed: 1, dir: join(tempFolder(), 'net'), signal })
  net.startLoad()
  await net.stop()
  const end = await net.load.played.then(
    () => 'played',
    (error: Error) => error.name,
  )
  assert.is(end, 'AbortError')
})
