import type { VirtualClock } from '../virtual-clock.ts'

/** What happened, in the order it did, for a person: `   12.345 v3    L36 …`. */
export class Trace {
  readonly lines: string[] = []
  readonly isOn: boolean
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock, isOn: boolean) {
    this.#clock = clock
    this.isOn = isOn
  }

  add(who: string, what: string, facts: Readonly<Record<string, unknown>> = {}): void {
    if (!this.isOn) return
    const told = Object.entries(facts).map(([name, value]) => ` ${name}=${shortValue(value)}`)
    const seconds = (this.#clock.nowMs / 1000).toFixed(3).padStart(9)
    this.lines.push(`${seconds} ${who.padEnd(5)} ${what}${told.join('')}`)
  }
}

const charsMax = 100

/** Of a CID its last letters tell it apart. */
function shortValue(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? `${JSON.stringify(value)}` : `${value}`
  const short = text.replaceAll(/bafyrei\w+(\w{5})/g, '$1')
  return short.length > charsMax ? `${short.slice(0, charsMax)}…` : short
}
