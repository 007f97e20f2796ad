import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { RunOptions, RunReport } from './run.ts'

/** More than a few machines' worth of memory is never needed at once. */
const threadsMax = 8

/** Runs one seed after the other in threads; `onReport` returns false to let no further one begin. */
export async function runSeeds(
  runs: readonly RunOptions[],
  onReport: (report: RunReport) => boolean,
  onBegin: (run: RunOptions) => void = () => {},
): Promise<void> {
  const queue = [...runs]
  const threads = Math.min(threadsMax, availableParallelism(), runs.length)
  const lane = async (): Promise<void> => {
    const worker = new Worker(new URL('./seed-thread.ts', import.meta.url))
    try {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        onBegin(next)
        if (!onReport(await runIn(worker, next))) queue.length = 0
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, lane))
}

function runIn(worker: Worker, options: RunOptions): Promise<RunReport> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (report: RunReport) => {
      worker.off('error', reject)
      resolve(report)
    })
    worker.postMessage(options)
  })
}
