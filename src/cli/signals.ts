const signals = ['SIGINT', 'SIGTERM'] as const
export type EndSignal = (typeof signals)[number]

/** Resolves at the first signal to end. A second one ends the process at once. */
export function firstSignal(): Promise<EndSignal> {
  return new Promise(resolve => {
    let isTold = false
    for (const signal of signals) {
      process.on(signal, () => {
        if (isTold) process.exit(1)
        isTold = true
        resolve(signal)
      })
    }
  })
}
