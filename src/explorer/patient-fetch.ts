/** How often a question is asked again that the node has no time for. */
const busyTimesMax = 5
/** How long to wait where the node doesn't say, and at most. */
const busyMs = 1_000
const busyMsMax = 15_000
const tooMany = 429
const unavailable = 503

/** The browser's `fetch`, which waits and asks again where a node says that it is asked too much. */
export async function patientFetch(url: string, init: RequestInit): Promise<Response> {
  for (let times = 1; ; times++) {
    const answer = await fetch(url, { ...init, credentials: 'omit' })
    if (times === busyTimesMax || !(await isAskedTooMuch(answer))) return answer
    const seconds = Number(answer.headers.get('retry-after'))
    await pause(Math.min(busyMsMax, seconds > 0 ? seconds * 1_000 : busyMs), init.signal ?? undefined)
  }
}

/** By one address, or by all together. A node that isn't ready yet, or an answer that took too long, is for the reader to know. */
async function isAskedTooMuch(answer: Response): Promise<boolean> {
  if (answer.status === tooMany) return true
  if (answer.status !== unavailable || !answer.headers.has('retry-after')) return false
  const body = await answer
    .clone()
    .json()
    .catch(() => undefined)
  return (body as { error?: { code?: unknown } } | undefined)?.error?.code === 'busy'
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
