import type { Clock } from '../../../src/node/clock.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Life } from './life.ts'

/** How a machine's clock goes wrong. */
export interface ClockFault {
  /** Ahead of the true time, in ms. */
  readonly offsetMs: number
  /** 1.1: it counts 1,100 ms in a second. */
  readonly rate: number
}

/** No timer fires exactly on time, and no two machines tick together. */
const lateMsMax = 2

/** One machine's clock, over one of its lives. */
export function machineClock(
  clock: VirtualClock,
  random: Random,
  life: Life,
  beginMs: number,
  { offsetMs, rate }: ClockFault,
): Clock {
  const after = (ms: number, act: () => void): (() => void) => {
    let isCancelled = false
    clock.after(ms / rate + random.next() * lateMsMax, () => {
      if (isCancelled || life.isOver) return false
      act()
      return true
    })
    return () => {
      isCancelled = true
    }
  }
  return {
    now: () => Math.floor(beginMs + offsetMs + clock.nowMs * rate),
    after,
    every(ms, act) {
      let cancel = () => {}
      const again = (): void => {
        cancel = after(ms, () => {
          again()
          act()
        })
      }
      again()
      return () => cancel()
    },
  }
}
