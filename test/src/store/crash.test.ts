import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createInterface } from 'node:readline'
import * as assert from 'uvu/assert'
import { utf8 } from '../../../consensus/bytes.ts'
import { Store } from '../../../src/store/store.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { collect, sampleBatch, sampleCells, sampleEpoch } from './sample.ts'

const test = suite('store/crash')
const child = (name: string) => new URL(`children/${name}.ts`, import.meta.url).pathname

/** After so many confirmed epochs, and a moment more to die in the midst of another. */
const crashes = [
  [1, 0],
  [7, 1],
  [3, 2],
  [5, 3],
  [2, 5],
  [4, 8],
] as const

test('after kill -9 at any moment, an epoch is there as a whole or not at all, and none that was confirmed is lost', async () => {
  const dir = tempFolder()
  let confirmed = 0
  for (const [epochs, delayMs] of crashes) {
    confirmed = await runUntilKilled(dir, epochs, delayMs)
    const store = await Store.open(dir, { create: false, multithreading: false })
    const head = store.head()!.epoch
    assert.ok(head >= confirmed, `epoch ${confirmed} was confirmed, ${head} is the head`)
    await expectWhole(store, head)
    assert.is(store.epochs.get(head + 1), undefined)
    assert.ok([`${head}`, `${head + 1}`].includes(Buffer.from(store.agreement.get()!).toString()))
    for (let epoch = 1; epoch <= head; epoch++) assert.ok(store.batches.has(sampleBatch(`unsynced ${epoch}`).batch))
    assert.equal(
      (await collect(store.scan())).filter(({ problem }) => problem !== undefined),
      [],
    )
    await store.close()
  }
})

test('a folder that may not be written to is told as such', () => {
  const dir = tempFolder()
  chmodSync(dir, 0o555)
  const { stdout, stderr } = spawnSync(process.execPath, [child('unprivileged-open'), dir, tempFolder()], {
    encoding: 'utf8',
  })
  assert.is(stdout.trim(), 'store-not-writable', stderr)
})

/** The last epoch that the writer confirmed. */
async function runUntilKilled(dir: string, epochs: number, delayMs: number): Promise<number> {
  const writer = spawn(process.execPath, [child('epoch-writer'), dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(writer, 'close')
  let seen = 0
  let confirmed = 0
  for await (const line of createInterface(writer.stdout)) {
    confirmed = Number(line)
    if (++seen === epochs) setTimeout(() => writer.kill('SIGKILL'), delayMs)
  }
  await closed
  assert.is(writer.signalCode, 'SIGKILL')
  return confirmed
}

async function expectWhole(store: Store, epoch: number): Promise<void> {
  const { record, outcomes, blocks, payoutChunks, flowChunks } = sampleEpoch(epoch)
  assert.equal(store.epochs.get(epoch), record)
  for (const [batch, outcome] of outcomes) assert.equal(store.outcomes.get(batch), outcome)
  assert.equal(await collect(store.payouts.all(epoch)), [...payoutChunks])
  assert.equal(await collect(store.flows.all(epoch)), [...flowChunks])
  assert.is(blocks.length, 1)
  for (const [key, value] of sampleCells('cell', epoch, 400)) assert.equal(store.state.get(key), value)
  for (const [, value] of await collect(store.pages.scan())) assert.equal(value, utf8(`page ${epoch}`))
}
