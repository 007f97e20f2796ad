import type { ValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import { Cid } from '../../../consensus/cid.ts'
import { type Faults, FaultyNetwork } from '../faulty-network.ts'
import { type Random, randomFrom } from '../random.ts'
import { VirtualClock } from '../virtual-clock.ts'
import { Adversary } from './adversary.ts'
import { type Hazards, HonestNode } from './honest-node.ts'
import { AgreementOracle } from './oracle.ts'
import { type Packet, Values, type World } from './world.ts'

export interface RunOptions {
  readonly seed: number
  readonly count: number
  /** How long things go wrong, and how long the honest may take afterwards. */
  readonly healMs: number
  readonly patienceMs: number
}

export interface RunResult {
  readonly decisions: AgreementOracle['decisions']
  readonly undecided: readonly number[]
  readonly rounds: number
  readonly elapsedMs: number
}

const timeoutsMs = { propose: 300, prevote: 100, precommit: 100, growth: 50, cap: 1_500 }
const epoch = 7

/** One epoch of `count` validators and an observer, of which less than 1/3 of the stake is Byzantine. */
export function runAgreement({ seed, count, healMs, patienceMs }: RunOptions): RunResult {
  const random = randomFrom(seed)
  const validators = makeValidators(random, count)
  const liars = chooseLiars(random, validators)
  const honest = [...validators.keys()].filter(index => !liars.includes(index))
  const clock = new VirtualClock()
  const network = new FaultyNetwork<Packet>(clock, random, chooseFaults(random), healMs)
  const oracle = new AgreementOracle(
    validators.map(({ stake }) => stake),
    new Set(honest),
  )
  const chain = Cid.fromDigest(new Uint8Array(32))
  const world: World = {
    clock,
    random,
    network,
    oracle,
    values: new Values(),
    chain,
    epoch,
    validators,
    config: { timeoutsMs },
  }
  const hazards = chooseHazards(random)
  const adversary = new Adversary(world, liars)
  const nodes: HonestNode[] = []
  for (const index of validators.keys()) {
    if (liars.includes(index)) network.join(packet => adversary.receive(packet))
    else nodes.push(new HonestNode(world, index, index, hazards))
  }
  nodes.push(new HonestNode(world, count, undefined, hazards))
  crashNowAndThen(world, nodes, healMs)
  clock.run(healMs + patienceMs, () => nodes.every(node => node.hasDecided))
  const undecided = nodes.flatMap((node, i) => (node.hasDecided ? [] : [i]))
  return {
    decisions: oracle.decisions,
    undecided,
    rounds: Math.max(...nodes.map(node => node.round)),
    elapsedMs: clock.nowMs,
  }
}

function makeValidators(random: Random, count: number): ValidatorSet {
  return Array.from({ length: count }, (_, index) => ({
    account: String.fromCharCode(index).padStart(32, '\0'),
    key: new Uint8Array(32).fill(index),
    stake: random.pick([1, 1, 2, 3, 5]) * 1_000_000,
  }))
}

/** As many as have less than 1/3 of the stake together; sometimes none. */
function chooseLiars(random: Random, validators: ValidatorSet): number[] {
  const total = validators.reduce((sum, { stake }) => sum + stake, 0)
  const liars: number[] = []
  let stake = 0
  if (random.chance(0.15)) return liars
  for (const index of [...validators.keys()].sort(() => random.next() - 0.5)) {
    if (3 * (stake + validators[index]!.stake) >= total) continue
    liars.push(index)
    stake += validators[index]!.stake
  }
  return liars
}

function chooseFaults(random: Random): Faults {
  return {
    delayMsMax: random.pick([50, 200, 600, 1_200]),
    loss: random.pick([0, 0.1, 0.3, 0.5]),
    duplication: 0.1,
    partitionEveryMs: random.pick([500, 2_000, 100_000]),
    partitionMs: 700,
  }
}

function chooseHazards(random: Random): Hazards {
  return {
    crashAtSign: random.pick([0, 0.01, 0.05]),
    stale: random.pick([0, 0.2, 0.5]),
    executionMsMax: random.pick([10, 100, 300]),
    downMsMax: 800,
  }
}

function crashNowAndThen({ clock, random }: World, nodes: readonly HonestNode[], healMs: number): void {
  clock.after(random.next() * 2_000, () => {
    if (clock.nowMs >= healMs) return
    random.pick(nodes).crash()
    crashNowAndThen({ clock, random } as World, nodes, healMs)
  })
}
