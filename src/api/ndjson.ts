import { breathe } from '../proofs/breathe.ts'
import { lineFlushMs } from './limits.ts'
import type { ExportLine } from './node-view.ts'

/** Lines are sent in chunks of about this many characters: one write for each would cost more than the lines. */
const chunkChars = 64 * 1024

/** NDJSON of objects, in chunks; an empty line where there is nothing for long: silence means that nobody is there. */
export async function* ndjson(lines: AsyncIterable<ExportLine>, flushMs = lineFlushMs): AsyncGenerator<string> {
  const iterator = lines[Symbol.asyncIterator]()
  let late = alarm(flushMs)
  try {
    let next: Promise<IteratorResult<ExportLine>> | undefined
    for (let isOver = false; !isOver; ) {
      let chunk = ''
      late.stop()
      late = alarm(flushMs)
      while (chunk.length < chunkChars) {
        next ??= iterator.next()
        const step = await Promise.race([next, late.rings])
        isOver = step?.done === true
        if (step === undefined || step.done === true) break
        chunk += `${JSON.stringify(step.value)}\n`
        next = undefined
        await breathe()
      }
      if (chunk !== '' || !isOver) yield chunk === '' ? '\n' : chunk
    }
  } finally {
    late.stop()
    await iterator.return?.()
  }
}

function alarm(afterMs: number): { readonly rings: Promise<undefined>; stop(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), afterMs)
  return { rings: promise, stop: () => clearTimeout(timer) }
}
