import { fromKey, toHex } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { type Random, randomFrom } from '../random.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { Author } from './author.ts'
import { accountOf, authorName, keyOf, validatorKey, voteKeyOf } from './keys.ts'
import { Liar } from './liar.ts'
import { Machine, type MachineSpec } from './machine.ts'
import { beginMs, makeOpening } from './opening.ts'
import type { FinalBatch } from './oracle/final-book.ts'
import { Oracle } from './oracle/oracle.ts'
import { joiningPen, leavingPen, payerPen } from './pen.ts'
import type { Scenario } from './scenario.ts'
import { Trace } from './trace.ts'
import { Wire } from './wire.ts'
import type { World } from './world.ts'

/** The machines of a run, and those who use them. */
export interface Cluster {
  readonly world: World
  readonly machines: readonly Machine[]
  /** Machines of honest validators, in office or not, by vote key in hex. */
  readonly validators: ReadonlyMap<string, Machine>
  /** All honest machines. */
  readonly honest: readonly Machine[]
  readonly authors: readonly Author[]
}

export function buildCluster(scenario: Scenario, isTraced: boolean): Cluster {
  const eventsMax = eventsMaxOf(scenario)
  const clock = new VirtualClock(eventsMax, () => oracle.broken('endless', `more than ${eventsMax} events`))
  const random = randomFrom(scenario.seed ^ 0x5eed)
  const specs = machineSpecs(scenario, random)
  const opening = makeOpening(scenario)
  const validators = new Map<string, Machine>()
  const honestKeys = [...scenario.stakes.keys()].filter(index => !scenario.liars.has(index))
  const oracle = new Oracle({
    economy: opening.economy,
    honest: new Map(honestKeys.map(index => [keyText(index), `v${index}`])),
    mayFork: scenario.profile === 'guilty',
    holdsDurably: (key, batch) => validators.get(key)!.holdsDurably(new Cid(Buffer.from(batch, 'hex'))),
    nowMs: () => beginMs + clock.nowMs,
    heldByAll: () => (scenario.authors.isRush ? [] : heldByAll([...validators.values()], scenario.authors.count)),
  })
  const world: World = {
    scenario,
    clock,
    random,
    trace: new Trace(clock, isTraced),
    wire: new Wire(clock, random, specs.length, scenario.wire),
    networks: new Array(specs.length).fill(undefined),
    withheld: new Map(),
    opening,
    oracle,
    rules: new Map(),
    isHealed: false,
  }
  const machines = specs.map(spec => new Machine(world, spec))
  for (const machine of machines) {
    watch(world, machine, machines)
    const { isHonest, voteKey } = machine.spec
    if (isHonest && voteKey !== undefined) validators.set(toHex(voteKey.publicKey), machine)
  }
  const authors = [
    ...Array.from({ length: scenario.authors.count }, (_, i) => {
      return new Author(world, machines, keyOf(authorName(i)), payerPen(world))
    }),
    ...[...scenario.leaving].map(i => new Author(world, machines, validatorKey(i), leavingPen(world, i))),
    ...[...scenario.joining].map(i => new Author(world, machines, validatorKey(i), joiningPen(world, i))),
  ]
  return { world, machines, validators, honest: machines.filter(({ spec }) => spec.isHonest), authors }
}

/** Some fifteen times what the longest of many thousand runs took: traffic grows with the square of the machines. */
function eventsMaxOf({ stakes, observers }: Scenario): number {
  return 100_000 + 10_000 * (stakes.length + observers) ** 2
}

/** Pending batches that all machines hold with all before them; none while one of them is down or behind. */
function heldByAll(machines: readonly Machine[], authors: number): FinalBatch[] {
  const [first, ...others] = machines
  if (first === undefined || machines.some(({ node, epoch }) => node === undefined || epoch < first.epoch - 1))
    return []
  return Array.from({ length: authors }, (_, i) => accountOf(authorName(i))).flatMap(author => {
    const branch = first.node!.mempool.branch(author, first.node!.ledger.account(author))
    const isHeld = ({ cid }: { cid: Cid }) => others.every(({ node }) => node!.mempool.has(cid))
    const held = branch.slice(0, branch.findIndex(batch => !isHeld(batch)) >>> 0)
    return held.map(({ seq, cid }) => ({ author: toHex(fromKey(author)), seq, batch: toHex(cid.bytes) }))
  })
}

const keyText = (validator: number): string => toHex(voteKeyOf(validator).publicKey)

/** Validators first, then the second one of each pair of twins, then observers. */
function machineSpecs(scenario: Scenario, random: Random): MachineSpec[] {
  const { stakes, liars, clocks, observers } = scenario
  const specs: MachineSpec[] = stakes.map((_, index) => {
    const lies = liars.get(index)
    const voteKey = voteKeyOf(index)
    const isHonest = lies === undefined
    const account = isHonest ? validatorKey(index) : undefined
    const spec = { number: index, name: `v${index}`, voteKey, account, isHonest, clock: clocks[index]! }
    if (lies === undefined || lies === 'twins') return spec
    const tampering = (world: World, machine: Machine) => new Liar(world, machine, index, voteKey, lies)
    return { ...spec, name: `v${index}!`, tampering }
  })
  for (const [index, lies] of liars) {
    if (lies === 'twins')
      specs.push({ ...specs[index]!, number: specs.length, name: `v${index}'`, clock: clocks[index]! })
  }
  for (let i = 0; i < observers; i++) {
    const clock = random.pick(clocks)
    const number = specs.length
    specs.push({ number, name: `o${i}`, voteKey: undefined, account: undefined, isHonest: true, clock })
  }
  return specs
}

/** No schedule and no crash may end an honest machine, or make it look like a liar. */
function watch({ oracle, scenario }: World, machine: Machine, machines: readonly Machine[]): void {
  const { isHonest, name } = machine.spec
  if (!isHonest) return
  machine.onPenalty = (peer, reason) => {
    const other = machines[peer]!.spec
    // Beyond a fork the sides have different offices.
    if (other.isHonest && oracle.finalBook.conflicts.length === 0)
      oracle.broken('framed', `${name} penalises ${other.name} for ${reason}`)
  }
  machine.onStop = error => {
    if (scenario.profile !== 'guilty') oracle.broken('node-stopped', `${name}: ${error.message}`)
  }
  machine.onError = message => {
    if (scenario.liars.size === 0) oracle.broken('node-error', `${name}: ${message}`)
  }
}
