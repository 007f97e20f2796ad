import type { LedgerEvent } from '../api/schema/event.ts'
import { linesOf } from './lines.ts'

/** An event with its place in the stream. */
export type StreamEvent = LedgerEvent & { readonly id: string }

/** One that only says how far the stream is has no name. */
export interface RawEvent {
  readonly id: string
  readonly event?: string
  readonly data?: unknown
}

/** The events of a stream of server-sent ones; each has an id. */
export async function* eventsIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RawEvent> {
  let fields: Record<string, string> = {}
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      const { id, event, data } = fields
      fields = {}
      if (id !== undefined)
        yield { id, ...(event !== undefined && { event }), ...(data !== undefined && { data: JSON.parse(data) }) }
      continue
    }
    const colon = line.indexOf(': ')
    if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2)
  }
}
