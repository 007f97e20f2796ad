import type { Machine } from './machine.ts'
import type { World } from './world.ts'

/** What goes wrong around the machines, until it heals. */
export class Weather {
  readonly #world: World
  readonly #machines: readonly Machine[]

  constructor(world: World, machines: readonly Machine[]) {
    this.#world = world
    this.#machines = machines
  }

  begin(): void {
    const { scenario } = this.#world
    if (scenario.isSplitThroughout) this.#world.clock.after(2_000, () => this.#split(false))
    if (scenario.splits !== undefined) this.#splitLater()
    if (scenario.crashes.everyMs > 0) this.#crashLater()
  }

  heal(): void {
    const { wire, trace } = this.#world
    trace.add('', 'everything heals')
    this.#world.isHealed = true
    wire.unblockAll()
    wire.faults = { delayMs: 20, jitterMs: 30, loss: 0, duplication: 0, holding: 0 }
  }

  #splitLater(): void {
    const { clock, random, scenario, wire } = this.#world
    const { everyMs, lastsMs, isOneWay } = scenario.splits!
    clock.after(random.next() * 2 * everyMs, () => {
      if (this.#world.isHealed) return
      this.#split(isOneWay)
      clock.after(random.next() * 2 * lastsMs, () => {
        if (this.#world.isHealed) return
        wire.unblockAll()
        this.#world.trace.add('', 'the parts are joined')
        this.#splitLater()
      })
    })
  }

  #split(isOneWay: boolean): void {
    const { random, wire, trace } = this.#world
    const sides = this.#machines.map(() => random.chance(0.5))
    const names = this.#machines.filter((_, i) => sides[i]).map(({ spec }) => spec.name)
    trace.add('', `apart: ${names.join(' ')}${isOneWay ? ', one way' : ''}`)
    for (const [from, a] of sides.entries()) {
      for (const [to, b] of sides.entries()) {
        if (a !== b && (!isOneWay || a)) wire.block(from, to, true)
      }
    }
  }

  #crashLater(): void {
    const { clock, random, scenario } = this.#world
    clock.after(random.next() * 2 * scenario.crashes.everyMs, () => {
      if (this.#world.isHealed) return
      random.pick(this.#machines).restartLater('power is gone')
      this.#crashLater()
    })
  }
}
