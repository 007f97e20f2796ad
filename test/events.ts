import { writeSync } from 'node:fs'

/** What a test file tells the run about itself, one JSON object per line on a file descriptor of its own. */
export type TestEvent =
  | { readonly type: 'start'; readonly title: string; readonly deadlineMs: number }
  | { readonly type: 'pass'; readonly title: string }
  | { readonly type: 'fail'; readonly title: string; readonly text: string }
  | { readonly type: 'skip'; readonly title: string }
  | { readonly type: 'end' }

const eventsFdVariable = 'TEST_EVENTS_FD'

/** Environment and descriptor of a child whose events arrive on `eventsFd`. */
export const eventsFd = 3
export const eventsEnvironment: Readonly<Record<string, string>> = { [eventsFdVariable]: String(eventsFd) }

/** Finds the run that started this process, if there is one; a test file may also be run on its own. */
export function eventWriter(): ((event: TestEvent) => void) | undefined {
  const fd = process.env[eventsFdVariable]
  // Programs that a test starts inherit the variable, but not the descriptor: theirs may be a socket by then.
  delete process.env[eventsFdVariable]
  if (fd === undefined) return undefined
  // Synchronous, so that a process that dies right afterwards has still said it.
  return event => writeSync(Number(fd), `${JSON.stringify(event)}\n`)
}
