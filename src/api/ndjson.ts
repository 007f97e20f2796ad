import { breathe } from '../proofs/breathe.ts'
import type { ExportLine } from './node-view.ts'

/** Lines are sent in chunks of about this many characters: one write for each would cost more than the lines. */
const chunkChars = 64 * 1024

/**
 * NDJSON of objects, in chunks. Resolves when the first chunk is there, so that a refusal can still be answered with its own
 * status instead of a broken stream.
 */
export async function ndjson(lines: AsyncIterable<ExportLine>): Promise<AsyncIterable<string>> {
  const chunks = chunksOf(lines)
  const first = await chunks.next()
  return (async function* () {
    if (first.done !== true) {
      yield first.value
      yield* chunks
    }
  })()
}

async function* chunksOf(lines: AsyncIterable<ExportLine>): AsyncGenerator<string> {
  let chunk = ''
  for await (const line of lines) {
    chunk += `${JSON.stringify(line)}\n`
    await breathe()
    if (chunk.length >= chunkChars) {
      yield chunk
      chunk = ''
    }
  }
  if (chunk !== '') yield chunk
}
