import { heartbeatMs, retryMs } from './limits.ts'

/** One of a stream of server-sent events. With an id alone it only says how far the stream is. */
export interface ServerSentEvent {
  /** From which a stream goes on that broke off. */
  readonly id: string
  readonly event?: string
  readonly data?: unknown
}

/** As text, with something in between where nothing happens: silence means that nobody is there. */
export async function* eventStreamText(events: AsyncIterable<ServerSentEvent>): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]()
  yield `retry: ${retryMs}\n\n`
  try {
    let next = iterator.next()
    for (;;) {
      const step = await orNothing(next, heartbeatMs)
      if (step === undefined) {
        yield ': nothing new\n\n'
        continue
      }
      if (step.done === true) return
      yield eventText(step.value)
      next = iterator.next()
    }
  } finally {
    await iterator.return?.()
  }
}

function eventText({ id, event, data }: ServerSentEvent): string {
  const named = event === undefined ? '' : `event: ${event}\n`
  // JSON has no line ends of its own.
  const told = data === undefined ? '' : `data: ${JSON.stringify(data)}\n`
  return `id: ${id}\n${named}${told}\n`
}

async function orNothing<T>(value: Promise<T>, waitMs: number): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), waitMs)
  try {
    return await Promise.race([value, promise])
  } finally {
    clearTimeout(timer)
  }
}
