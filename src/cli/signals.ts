const signals = ['SIGINT', 'SIGTERM'] as const
export type EndSignal = (typeof signals)[number]

/** npm hears Ctrl-C as well and passes it on: what follows so soon is the same wish. */
const echoMs = 1_000

/** Resolves at the first signal to end. Another one, later, ends the process at once. */
export function firstSignal(): Promise<EndSignal> {
  return new Promise(resolve => {
    let toldAtMs: number | undefined
    for (const signal of signals) {
      process.on(signal, () => {
        if (toldAtMs === undefined) {
          toldAtMs = performance.now()
          resolve(signal)
        } else if (performance.now() - toldAtMs > echoMs) process.exit(1)
      })
    }
  })
}

const parentMs = 500

/** Resolves when the npm that ran this program is gone without a word. Never for a program that was started otherwise, and may outlive its shell. */
export function npmGone(): Promise<void> {
  return new Promise(resolve => {
    if (process.env.npm_lifecycle_event === undefined) return
    const parent = process.ppid
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      resolve()
    }, parentMs)
    timer.unref()
  })
}
