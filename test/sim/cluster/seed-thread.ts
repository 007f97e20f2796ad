import { parentPort } from 'node:worker_threads'
import { type RunOptions, run } from './run.ts'

parentPort!.on('message', async (options: RunOptions) => {
  parentPort!.postMessage(await run(options))
})
