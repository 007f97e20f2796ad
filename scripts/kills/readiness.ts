import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 20
const askMsMax = 2_000

/** Asks `/health/ready` of the API at `url` until it says 200; answers how long that took, in ms. Rejects after `withinMs`. */
export async function untilReady(url: string, withinMs: number, signal: AbortSignal): Promise<number> {
  const beganMs = performance.now()
  const ready = new URL('/health/ready', url)
  for (let said = 'no answer'; ; ) {
    const passedMs = performance.now() - beganMs
    if (passedMs > withinMs) throw new Error(`not ready within ${withinMs} ms: ${said}`)
    try {
      const answer = await fetch(ready, { signal: AbortSignal.any([signal, AbortSignal.timeout(askMsMax)]) })
      const text = await answer.text()
      if (answer.status === 200) return performance.now() - beganMs
      said = text
    } catch {
      signal.throwIfAborted()
    }
    await sleep(pollMs, undefined, { signal })
  }
}
