import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import { suite } from '../harness.ts'
import { mesh, stopAll } from './net.ts'

const test = suite('network/stop')

test('nothing is left that keeps a process alive', async () => {
  const support = fileURLToPath(new URL('./net.ts', import.meta.url))
  const program = `
    const { mesh, stopAll } = await import(${JSON.stringify(support)})
    const [a, b] = await mesh(2, i => ({ faults: { seed: i + 1 } }))
    await a.request.status(b.peerId, null)
    await stopAll()
    console.log('stopped')
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let stoppedAtMs = 0
  child.stdout.on('data', () => {
    stoppedAtMs = performance.now()
  })
  const [code] = await once(child, 'exit')
  assert.is(code, 0)
  assert.ok(stoppedAtMs > 0 && performance.now() - stoppedAtMs < 2_000, 'it ended by itself')
})

test('questions and answers under way end with it; stopping twice is once', async () => {
  const [a, b] = await mesh(2, () => ({ handlers: { status: () => new Promise(() => {}) } }))
  const asking = a!.request.status(b!.peerId, null).catch(error => error.code)
  await new Promise(resolve => setTimeout(resolve, 50))
  const first = a!.stop()
  assert.is(first, a!.stop())
  await first
  assert.is(await asking, 'aborted')
  assert.is(await a!.request.status(b!.peerId, null).catch(error => error.code), 'aborted')
  await a!.publish('votes', Uint8Array.of(1))
  await stopAll()
})
