import type { TimeoutsMs } from '../../../consensus/agreement/timeouts.ts'
import { defaultTimeoutsMs } from '../../../consensus/agreement/timeouts.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { type Random, shuffled } from '../random.ts'
import type { DiskFaults } from './disk.ts'
import type { ClockFault } from './machine-clock.ts'
import type { WireFaults } from './wire.ts'

/** What a lying validator does for a while. */
export type Lie =
  | 'mute'
  | 'says-nil'
  | 'promises'
  | 'equivocates'
  | 'bad-root'
  | 'bad-time'
  | 'censors'
  | 'withholds'
  | 'trims-certificates'
  | 'false-sync'
  | 'forges'
  | 'accuses'
  | 'floods'

export interface Crashes {
  /** Probability of a crash at each such moment. */
  readonly writing: number
  readonly written: number
  readonly sending: number
  readonly everyMs: number
  readonly downMsMax: number
}

/**
 * How links fail. `halves`: two parts hear nothing of each other; `alone`: one of them is a single machine; `one-way`: one part
 * isn't heard by the other; `links`: here and there, in one direction; `twins`: each twin with a part of the others.
 */
export interface Splits {
  readonly kind: 'halves' | 'alone' | 'one-way' | 'links' | 'twins'
  /** On average: from one to the next, and how long each takes. Without, there is one that lasts until all heals. */
  readonly everyMs?: number
  readonly lastsMs?: number
}

export interface Scenario {
  readonly seed: number
  readonly profile: Profile
  /** µOPEN, by validator in the order of their names. */
  readonly stakes: readonly number[]
  /** By validator: the lies it tells in turn, or two machines of honest code with its one key. Those absent are honest. */
  readonly liars: ReadonlyMap<number, 'twins' | readonly Lie[]>
  /** Validators of the first epochs that take their stake away, and those that come with theirs. */
  readonly leaving: ReadonlySet<number>
  readonly joining: ReadonlySet<number>
  /** A change of parameters that was voted for, and the epoch at whose end it takes effect. */
  readonly passed: { readonly changes: ValueMap; readonly effect: number } | undefined
  /** Machines without a vote. */
  readonly observers: number
  /** Machines that begin with an empty disk after so many ms. */
  readonly lateMs: ReadonlyMap<number, number>
  readonly clocks: readonly ClockFault[]
  readonly wire: WireFaults
  /** Once all has healed. */
  readonly lastingWire: WireFaults
  readonly disk: DiskFaults
  readonly engineMsMax: number
  readonly crashes: Crashes
  readonly splits: Splits | undefined
  readonly authors: AuthorHabits
  /** When all faults but the liars end. */
  readonly healMs: number
  readonly timeoutsMs: TimeoutsMs
}

export interface AuthorHabits {
  readonly count: number
  readonly everyMs: number
  /** Probability that a batch moves stake. */
  readonly delegates: number
  /** Probability that a batch gets a rival, and that it is first kept from some. */
  readonly forks: number
  readonly withholds: number
  /** Records of a batch. */
  readonly records: number
  /** Everything is written in the first moments. */
  readonly isRush: boolean
  /** Nothing is written once all has healed. */
  readonly isOverAtHeal: boolean
}

/** Kinds of trouble, and how often each is drawn. `wide`: a large network far apart, for figures. */
const weights = {
  calm: 1,
  wide: 0,
  storm: 2,
  crashes: 2,
  split: 2,
  liars: 4,
  twins: 2,
  locks: 4,
  'pull-only': 1,
  'push-only': 1,
  rush: 1,
  change: 2,
  guilty: 2,
} as const
export type Profile = keyof typeof weights
export const profiles = Object.keys(weights) as Profile[]

export function drawProfile(random: Random): Profile {
  return random.pick(profiles.flatMap(profile => new Array<Profile>(weights[profile]).fill(profile)))
}

const open = 1_000_000
/** Shorter than messages take in bad weather: many rounds fail. */
const hastyTimeoutsMs: TimeoutsMs = { propose: 300, prevote: 150, precommit: 150, growth: 50, cap: 3_000 }
const calmWire: WireFaults = { delayMs: 20, jitterMs: 30, loss: 0, duplication: 0, holding: 0 }
/** From one end of the world to the other. */
const wideWire: WireFaults = { ...calmWire, delayMs: 50, jitterMs: 100, loss: 0.01 }
/** Gossip of the agreement gets nowhere; what peers ask each other does. */
const deafWire: WireFaults = {
  ...calmWire,
  selective: { proposals: { loss: 1 }, prevotes: { loss: 1 }, precommits: { loss: 1 }, certificates: { loss: 1 } },
}
const noCrashes: Crashes = { writing: 0, written: 0, sending: 0, everyMs: 0, downMsMax: 0 }
const calmAuthors: AuthorHabits = {
  count: 3,
  everyMs: 1_500,
  delegates: 0.3,
  forks: 0,
  withholds: 0,
  records: 1,
  isRush: false,
  isOverAtHeal: false,
}

/** Everything that a run is made of, from its seed. */
export function drawScenario(seed: number, random: Random, validators: number, profile: Profile): Scenario {
  const stakes = drawStakes(random, validators)
  const calm: Scenario = {
    seed,
    profile,
    stakes,
    liars: new Map(),
    leaving: new Set(),
    joining: new Set(),
    passed: random.chance(0.5) ? drawPassed(random) : undefined,
    observers: random.below(2),
    lateMs: new Map(),
    clocks: stakes.map(() => drawClock(random)),
    wire: calmWire,
    lastingWire: calmWire,
    disk: { writeMsMax: 1, syncMsMax: random.pick([5, 20, 60]) },
    engineMsMax: random.pick([5, 50, 200]),
    crashes: noCrashes,
    splits: undefined,
    authors: calmAuthors,
    healMs: 15_000,
    timeoutsMs: profile === 'calm' || random.chance(0.4) ? defaultTimeoutsMs : hastyTimeoutsMs,
  }
  const scenario = { ...calm, ...drawTrouble(random, calm) }
  return { ...scenario, authors: { ...scenario.authors, isOverAtHeal: random.chance(0.3) } }
}

function drawTrouble(random: Random, calm: Scenario): Partial<Scenario> {
  const { stakes, profile } = calm
  const everyone = [...stakes.keys()]
  switch (profile) {
    case 'calm':
      return { healMs: 8_000 }
    case 'wide':
      return {
        wire: wideWire,
        lastingWire: wideWire,
        timeoutsMs: defaultTimeoutsMs,
        passed: undefined,
        disk: { writeMsMax: 1, syncMsMax: 20 },
        engineMsMax: 50,
        observers: 0,
        healMs: 8_000,
      }
    case 'storm':
      return {
        wire: drawBadWire(random),
        splits: drawSplits(random),
        crashes: { ...noCrashes, everyMs: 6_000, downMsMax: random.pick([500, 4_000]) },
        authors: { ...calmAuthors, forks: 0.2, withholds: 0.3 },
        lateMs: random.chance(0.3) ? new Map([[random.below(stakes.length), 8_000]]) : new Map(),
      }
    case 'crashes':
      return {
        wire: { ...calmWire, loss: random.pick([0, 0.1]) },
        disk: { writeMsMax: 5, syncMsMax: random.pick([20, 60]) },
        crashes: {
          writing: random.pick([0.005, 0.02]),
          written: random.pick([0.005, 0.02]),
          sending: random.pick([0.002, 0.01]),
          everyMs: 0,
          downMsMax: random.pick([300, 2_000]),
        },
        authors: { ...calmAuthors, withholds: 0.2 },
      }
    case 'split':
      return {
        liars: random.chance(0.4) ? new Map() : drawLiars(random, stakes, ['says-nil']),
        splits: { kind: random.pick(['alone', 'alone', 'halves', 'links']) },
        healMs: random.pick([30_000, 60_000, 150_000, 400_000]),
        authors: { ...calmAuthors, everyMs: 6_000 },
      }
    case 'liars':
      return {
        liars: drawLiars(random, stakes, shuffled(random, allLies).slice(0, 2)),
        wire: random.chance(0.5) ? calmWire : drawBadWire(random),
        splits: random.chance(0.5) ? undefined : drawSplits(random),
        crashes: random.chance(0.5) ? noCrashes : { ...noCrashes, everyMs: 3_000, downMsMax: 5_000 },
        healMs: 20_000,
        authors: { ...calmAuthors, forks: 0.1, withholds: 0.2 },
      }
    case 'twins':
      return {
        liars: drawLiars(random, stakes, 'twins'),
        wire: random.chance(0.3) ? calmWire : drawBadWire(random),
        splits: random.chance(0.5) ? drawSplits(random) : { kind: 'twins', everyMs: 1_000, lastsMs: 3_000 },
        crashes: random.chance(0.5) ? noCrashes : { ...noCrashes, written: 0.005, everyMs: 6_000, downMsMax: 2_000 },
      }
    case 'locks':
      return {
        liars: drawLockBreakers(random, stakes),
        wire: { ...calmWire, jitterMs: random.pick([30, 200]), selective: drawLockingFaults(random) },
        timeoutsMs: hastyTimeoutsMs,
        splits: random.chance(0.3) ? drawSplits(random) : undefined,
        crashes: random.chance(0.5) ? noCrashes : { ...noCrashes, sending: 0.005, everyMs: 3_000, downMsMax: 1_500 },
      }
    case 'pull-only':
      return { wire: deafWire, lastingWire: deafWire, healMs: 10_000, timeoutsMs: defaultTimeoutsMs }
    case 'push-only': {
      const wire = { ...calmWire, loss: random.pick([0.3, 0.7]), selective: { pulls: { loss: 1 } } }
      return { wire, lastingWire: wire, healMs: 10_000, timeoutsMs: defaultTimeoutsMs }
    }
    case 'rush':
      return {
        liars: drawLiars(random, stakes, ['mute', 'floods']),
        authors: { ...calmAuthors, count: 12, records: 400, isRush: true },
        observers: 0,
        healMs: 6_000,
      }
    case 'change':
      return {
        leaving: new Set(everyone.filter(index => index % 3 === 0)),
        joining: new Set(everyone.filter(index => index % 3 === 1)),
        wire: drawBadWire(random),
        crashes: { ...noCrashes, everyMs: 6_000, downMsMax: 1_000 },
        authors: { ...calmAuthors, delegates: 0.7 },
        healMs: 25_000,
      }
    case 'guilty':
      return {
        liars: new Map(drawGuilty(random, stakes).map(index => [index, 'twins'])),
        splits: { kind: 'twins', everyMs: 1_000, lastsMs: 12_000 },
        wire: random.chance(0.5) ? calmWire : { ...calmWire, loss: 0.1, jitterMs: 200 },
        healMs: 30_000,
      }
  }
}

const allLies: readonly Lie[] = [
  'mute',
  'says-nil',
  'promises',
  'equivocates',
  'bad-root',
  'bad-time',
  'censors',
  'withholds',
  'trims-certificates',
  'false-sync',
  'forges',
  'accuses',
  'floods',
]

/** The last one is beyond its bounds: it must lapse. */
function drawPassed(random: Random): Scenario['passed'] {
  const changes: ValueMap = random.pick([
    { slashDouble: 200_000 },
    { unbonding: 3 },
    { epochMs: 600, minStake: 500 * open },
    { slashDouble: 100_000, bytePrice: 1_000_001 },
  ])
  return { changes, effect: 1 + random.below(6) }
}

function drawStakes(random: Random, validators: number): number[] {
  const isEqual = random.chance(0.5)
  return Array.from({ length: validators }, () => (isEqual ? 2 : random.pick([1, 1, 2, 3, 4])) * 1_000 * open)
}

/** Some see a polka in time and lock, others don't, and few see it decided. */
function drawLockingFaults(random: Random): NonNullable<WireFaults['selective']> {
  if (random.chance(0.3)) return { precommits: { loss: 0.9 }, certificates: { loss: 0.9 }, pulls: { loss: 0.9 } }
  const lateness = random.pick([0.3, 0.5, 0.7])
  return {
    proposals: { lateness, lateMsMax: random.pick([400, 1_000]) },
    prevotes: { lateness, lateMsMax: random.pick([600, 2_000]), loss: random.pick([0, 0.2]) },
    certificates: { loss: random.pick([0.5, 1]) },
    pulls: { loss: random.pick([0.8, 1]) },
  }
}

/** Within what T10 allows between honest machines. */
function drawClock(random: Random): ClockFault {
  return random.chance(0.5)
    ? { offsetMs: 0, rate: 1 }
    : { offsetMs: Math.floor((random.next() - 0.5) * 6_000), rate: 0.98 + random.next() * 0.04 }
}

function drawBadWire(random: Random): WireFaults {
  return {
    delayMs: random.pick([5, 50, 150]),
    jitterMs: random.pick([20, 300, 1_500]),
    loss: random.pick([0, 0.05, 0.2, 0.4]),
    duplication: random.pick([0, 0.1]),
    holding: random.pick([0, 0.5]),
  }
}

function drawSplits(random: Random): Scenario['splits'] {
  if (random.chance(0.1)) return undefined
  return {
    kind: random.pick(['halves', 'alone', 'one-way', 'links', 'links']),
    everyMs: random.pick([100, 500, 4_000]),
    lastsMs: random.pick([100, 500, 4_000]),
  }
}

/** Less than a third of the stake, as much as there is room for. */
function drawLiars(random: Random, stakes: readonly number[], lies: 'twins' | readonly Lie[]): Scenario['liars'] {
  const total = stakes.reduce((sum, stake) => sum + stake, 0)
  const drawn = new Map<number, 'twins' | readonly Lie[]>()
  let stake = 0
  for (const index of shuffled(random, [...stakes.keys()])) {
    if (3 * (stake + stakes[index]!) >= total) continue
    drawn.set(index, lies)
    stake += stakes[index]!
  }
  return drawn
}

function drawLockBreakers(random: Random, stakes: readonly number[]): Scenario['liars'] {
  const lies = random.pick(['none', 'twins', 'liars'] as const)
  if (lies === 'none') return new Map()
  return drawLiars(random, stakes, lies === 'twins' ? lies : ['equivocates', 'promises'])
}

/** More than a third, and less than two: enough to fork the chain, if the others are apart. */
function drawGuilty(random: Random, stakes: readonly number[]): number[] {
  const total = stakes.reduce((sum, stake) => sum + stake, 0)
  const guilty: number[] = []
  let stake = 0
  for (const index of shuffled(random, [...stakes.keys()])) {
    if (3 * stake > total) break
    guilty.push(index)
    stake += stakes[index]!
  }
  return guilty
}
