import { LedgerError } from '../../consensus/errors.ts'

/** T10: as far as clocks may differ for proposals to be taken. */
export const clockDifferenceMsMax = 10_000
export const clockDifferenceNext =
  'check the time service of this machine (timedatectl): proposals more than 10 s ahead are refused'
/** This program didn't exist before: a clock that says so was never set. */
const earliest = Date.UTC(2026, 0, 1)

export const clockNext =
  'set the clock (timedatectl, or the time service of the system) and start again; the data is intact'

/**
 * Throws LedgerError `clock` where the clock is before the newest final epoch, which more than 2/3 of the stake timed, or was never
 * set: such a node would refuse every proposal, and make none that others take.
 */
export function expectPlausibleClock(headTime: number, now: number): void {
  const least = Math.max(headTime - clockDifferenceMsMax, earliest)
  if (now >= least) return
  const shown = { now: new Date(now).toISOString(), head: new Date(headTime).toISOString() }
  const reason = headTime > now ? `the newest epoch of this ledger became final at ${shown.head}` : 'it was never set'
  throw new LedgerError('clock', `this machine's clock is wrong: it says ${shown.now}, but ${reason}`, shown, clockNext)
}
