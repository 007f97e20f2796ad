import type { Machine } from './machine.ts'
import type { Splits } from './scenario.ts'
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
    if (scenario.splits?.everyMs !== undefined) this.#splitLater()
    else if (scenario.splits !== undefined) this.#world.clock.after(2_000, () => this.#split())
    if (scenario.crashes.everyMs > 0) this.#crashLater()
  }

  heal(): void {
    const { wire, trace } = this.#world
    trace.add('', 'everything heals')
    this.#world.isHealed = true
    wire.unblockAll()
    wire.faults = this.#world.scenario.lastingWire
  }

  #splitLater(): void {
    const { clock, random, scenario, wire } = this.#world
    const { everyMs, lastsMs } = scenario.splits!
    clock.after(random.next() * 2 * everyMs!, () => {
      if (this.#world.isHealed) return
      this.#split()
      clock.after(random.next() * 2 * lastsMs!, () => {
        if (this.#world.isHealed) return
        wire.unblockAll()
        this.#world.trace.add('', 'the parts are joined')
        this.#splitLater()
      })
    })
  }

  #split(): void {
    const { random, scenario, trace } = this.#world
    const { kind } = scenario.splits!
    const sides = kind === 'twins' ? this.#sidesOfTwins() : this.#drawSides(kind)
    trace.add(
      '',
      `apart, ${kind}: ${this.#machines.map(({ spec }, i) => `${spec.name} ${sides[i] ? 1 : 0}`).join(' ')}`,
    )
    this.#block((a, b) => {
      if (kind === 'links') return random.chance(0.4)
      return sides[a] !== sides[b] && (kind !== 'one-way' || sides[a]!)
    })
  }

  #drawSides(kind: Splits['kind']): boolean[] {
    const { random } = this.#world
    const alone = random.pick(this.#machines.filter(({ spec }) => spec.isHonest && spec.voteKey !== undefined))
    return this.#machines.map(machine => (kind === 'alone' ? machine === alone : random.chance(0.5)))
  }

  /** Each twin on a side of its own, and the others shared out by stake: with luck both sides have a quorum. */
  #sidesOfTwins(): boolean[] {
    const { random, scenario } = this.#world
    const weight = [0, 0]
    return this.#machines.map(({ spec }, i) => {
      if (!spec.isHonest) return spec.name.endsWith("'")
      const side = weight[0]! === weight[1]! ? random.below(2) : weight[0]! < weight[1]! ? 0 : 1
      weight[side]! += scenario.stakes[i] ?? 0
      return side === 1
    })
  }

  #block(isBlocked: (from: number, to: number) => boolean): void {
    for (const from of this.#machines.keys())
      for (const to of this.#machines.keys())
        if (from !== to && isBlocked(from, to)) this.#world.wire.block(from, to, true)
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
