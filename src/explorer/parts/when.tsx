import { timeText } from '../words.ts'

/** A moment in the reader's own time zone. */
export function When({ ms }: { readonly ms: number }) {
  return <time dateTime={new Date(ms).toISOString()}>{timeText(ms)}</time>
}
