import type { Patience } from '../light/limits.ts'

/**
 * How long a node that joins waits for its peers. A chunk of 256 KiB within 20 s is 100 kbit/s: slower links couldn't follow the
 * ledger anyway. Who is merely slow isn't dropped for it: there are few who serve.
 */
export const joinPatience: Patience = {
  answerMs: 20_000,
  slowAnswerMs: 20_000,
  slowMsMax: 60_000,
  busyMs: 250,
  busyTimesMax: 80,
}

/** A node that nobody answers tries again after this long. */
export const joinRetryMs = 2_000
/** And if nobody ever answered, begins at the genesis after so many times: others may find it there. */
export const joinTimesMax = 5
