/** What makes things happen later: the platform's timers in a node, a simulated clock's in a simulation. */
export interface Timers {
  /** Calls `act` once, after so many milliseconds; the returned function cancels it. */
  after(ms: number, act: () => void): () => void
  /** Calls `act` every so many milliseconds until the returned function is called. */
  every(ms: number, act: () => void): () => void
}

/** Timers, and the time of day. */
export interface Clock extends Timers {
  /** Milliseconds since 1970. */
  now(): number
}

export const systemClock: Clock = {
  now: Date.now,
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
  every(ms, act) {
    const timer = setInterval(act, ms)
    return () => clearInterval(timer)
  },
}

/** What `work` comes to under a signal that aborts after so many milliseconds, or when `signal` does. */
export async function withDeadline<T>(
  timers: Timers,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const cancel = timers.after(ms, () => late.abort(new Error(`not within ${ms} ms`)))
  try {
    return await work(AbortSignal.any([signal, late.signal]))
  } finally {
    cancel()
  }
}
