import type { Mempool } from '../../../src/node/mempool.ts'
import { randomFrom } from '../random.ts'
import { buildCluster, type Cluster } from './cluster.ts'
import { deadlineFrom, type Need, turnOfGood } from './oracle/recovery.ts'
import { drawProfile, drawScenario, type Profile, type Scenario } from './scenario.ts'
import { Weather } from './weather.ts'
import type { Traffic, TrafficKind } from './wire.ts'

export type { Profile } from './scenario.ts'

export interface RunOptions {
  readonly seed: number
  /** Sizes to draw from. */
  readonly validators: readonly number[]
  /** Instead of the one that the seed draws. */
  readonly profile?: Profile | undefined
  readonly isTraced?: boolean
}

export interface RunReport {
  readonly seed: number
  readonly profile: Profile
  readonly validators: number
  /** What was broken: `invariant: how`. */
  readonly violation: string | undefined
  readonly epochs: number
  /** Epochs that ended in two checkpoints. */
  readonly forks: number
  /** From a proposal's first sight to each honest machine's decision. */
  readonly decisionsMs: readonly number[]
  /** Epochs with another office than the one before, and validators that were punished. */
  readonly officeChanges: number
  readonly banned: number
  /** The latest round in which an epoch was decided. */
  readonly roundMax: number
  readonly simulatedMs: number
  /** What came to pass: messages that arrived, timers, writes. */
  readonly events: number
  readonly traffic: Readonly<Record<TrafficKind, Readonly<Traffic>>>
  /** How often each rule of the agreement was followed. */
  readonly rules: Readonly<Record<string, number>>
  readonly trace: readonly string[]
}

/** Epochs that everybody must reach once all is well. */
const goalEpochs = 3
/** How long the liars of a forked chain go on, so that evidence gets around. */
const aftermathMs = 8_000

/** One run: real nodes on machines that crash, links that fail, clocks that drift, liars, and an oracle that watches. */
export async function run({ seed, validators, profile, isTraced = false }: RunOptions): Promise<RunReport> {
  const random = randomFrom(seed)
  const count = random.pick(validators)
  const scenario = drawScenario(seed, random, count, profile ?? drawProfile(random))
  const cluster = buildCluster(scenario, isTraced)
  const { clock, oracle, wire, trace } = cluster.world
  begin(cluster)
  if (scenario.profile === 'guilty') await passTrial(cluster)
  else await passTrouble(cluster)
  for (const machine of cluster.machines) machine.crash('the run is over')
  return {
    seed,
    profile: scenario.profile,
    validators: count,
    violation: oracle.violation?.message,
    epochs: oracle.finalBook.epoch,
    forks: new Set(oracle.finalBook.conflicts.map(({ epoch }) => epoch)).size,
    decisionsMs: oracle.decisionsMs,
    officeChanges: oracle.officeChanges,
    banned: oracle.banned,
    roundMax: oracle.finalBook.roundMax,
    simulatedMs: clock.nowMs,
    events: clock.passed,
    traffic: wire.traffic,
    rules: Object.fromEntries(cluster.world.rules),
    trace: trace.lines,
  }
}

function begin({ world, machines, authors }: Cluster): void {
  const { clock, random, scenario } = world
  describe(world.trace, scenario)
  for (const machine of machines) {
    const lateMs = scenario.lateMs.get(machine.spec.number) ?? random.next() * 300
    clock.after(lateMs, () => machine.start())
  }
  for (const author of authors) author.begin()
}

function describe(trace: Cluster['world']['trace'], scenario: Scenario): void {
  const { liars, clocks: _, lateMs, leaving, joining, ...rest } = scenario
  trace.add('', `scenario ${JSON.stringify(rest)}`)
  const others = { liars: [...liars], late: [...lateMs], leaving: [...leaving], joining: [...joining] }
  trace.add('', `with ${JSON.stringify(others)}`)
}

/** Trouble, then none: everybody must go on, soon and without anybody's help. */
async function passTrouble(cluster: Cluster): Promise<void> {
  const { world, machines } = cluster
  const { clock, oracle, scenario } = world
  const weather = new Weather(world, machines)
  weather.begin()
  const isBroken = (): boolean => oracle.violation !== undefined
  await clock.runSettled(scenario.healMs, isBroken)
  if (isBroken()) return
  weather.heal()
  for (const machine of machines) machine.start()
  for (let i = 0; i < goalEpochs && !isBroken(); i++) {
    if (!scenario.authors.isOverAtHeal || hasReason(cluster)) await passEpoch(cluster)
  }
}

/** T9: somebody honest has begun an epoch, or holds what one could finalize. */
function hasReason({ world, validators }: Cluster): boolean {
  const { epoch } = world.oracle.finalBook
  const nodes = [...validators.values()].flatMap(({ node }) => (node === undefined ? [] : [node]))
  const latest = nodes.find(({ ledger }) => ledger.head.epoch === epoch)
  if (latest === undefined) return false
  // What a node that is behind holds may be final already.
  const isPending = (mempool: Mempool, author: string) =>
    mempool.branch(author, latest.ledger.account(author)).length > 0
  return nodes.some(({ mempool, ledger, round }) => {
    const hasBegun = ledger.head.epoch === epoch && round !== null
    return hasBegun || mempool.authors().some(author => isPending(mempool, author))
  })
}

/** The next epoch becomes final everywhere, by its deadline. */
async function passEpoch({ world, honest, validators }: Cluster): Promise<void> {
  const { clock, oracle, scenario } = world
  const goal = oracle.finalBook.epoch + 1
  const isGoodTurn = turnOfGood(oracle.officeOf(goal), goal, key => validators.has(key))
  const deadlineFromHere = () => {
    const rounds = [...validators.values()].map(({ node, epoch }) => (epoch === goal - 1 ? (node?.round ?? -1) : -1))
    return deadlineFrom(Math.max(...rounds), scenario.timeoutsMs, needOf(scenario), isGoodTurn)
  }
  const fromHere = deadlineFromHere()
  let due = fromHere.round
  const withinMs = fromHere.withinMs + catchUpMs(scenario, goal - 1 - Math.min(...honest.map(({ epoch }) => epoch)))
  const endMs = clock.nowMs + withinMs
  const isBehind = (): boolean => honest.some(({ epoch }) => epoch < goal - 1)
  if (isBehind()) {
    // Catching up has its time, of which the deadline knows. How many rounds pass in it says nothing: hasty ones take no time.
    await clock.runSettled(endMs, () => oracle.violation !== undefined || !isBehind())
    if (oracle.finalBook.epoch < goal) due = deadlineFromHere().round
  }
  const isDone = (): boolean => oracle.violation !== undefined || honest.every(({ epoch }) => epoch >= goal)
  await clock.runSettled(endMs, isDone)
  if (oracle.violation !== undefined) return
  if (!isDone()) {
    const where = honest.map(({ spec, epoch, node }) => `${spec.name} at ${epoch}/${node?.round ?? '-'}`)
    oracle.broken('stalled', `epoch ${goal} not final within ${withinMs} ms: ${where.join(', ')}`)
  } else if (oracle.finalBook.roundOf(goal) > due) {
    oracle.broken('slow', `epoch ${goal} took until round ${oracle.finalBook.roundOf(goal)}, not ${due}`)
  }
}

/** Who was away executes one epoch after the other: there may be hundreds. */
function catchUpMs({ engineMsMax, disk }: Scenario, epochs: number): number {
  return Math.max(0, epochs) * 2 * (engineMsMax + disk.syncMsMax)
}

/** Calls and syncs follow each other, and a message and its answer take 100 ms together. */
function needOf({ engineMsMax, disk, profile, stakes }: Scenario): Need {
  // One peer a second is asked in turn, and has what it asked others for: few ask all, who has it doubles with each second.
  if (profile === 'pull-only') {
    const pulls = Math.min(stakes.length, 4 + 2 * Math.ceil(Math.log2(stakes.length)))
    return { proposalMs: pulls * 1_500, voteMs: pulls * 1_500 }
  }
  if (profile === 'push-only') return { proposalMs: 5_000, voteMs: 5_000 }
  return { proposalMs: 3 * engineMsMax + 6 * disk.syncMsMax + 400, voteMs: 3 * disk.syncMsMax + engineMsMax + 150 }
}

/** More liars than the rules bear: they may fork the chain, but not without being found out. */
async function passTrial({ world, machines }: Cluster): Promise<void> {
  const { clock, oracle, scenario } = world
  new Weather(world, machines).begin()
  const hasForked = (): boolean => oracle.violation !== undefined || oracle.finalBook.conflicts.length > 0
  await clock.runSettled(scenario.healMs, hasForked)
  await clock.runSettled(clock.nowMs + aftermathMs, () => oracle.violation !== undefined)
  oracle.judgeForks()
}
