import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { checkInvariants, type Remains } from '../../src/testnet/invariants.ts'
import type { NodeProcess } from '../../src/testnet/node-process.ts'
import { verifyStore } from '../../src/verify/verify.ts'
import { freePorts, until } from '../../test/e2e/hand-run-net.ts'
import { VoteWitness } from '../../test/e2e/vote-witness.ts'
import { LoadedNetwork } from '../soak/loaded-network.ts'
import { drawer } from './draw.ts'
import { FinalWatch } from './final-watch.ts'
import { untilReady } from './readiness.ts'

export interface KillsOptions {
  readonly times: number
  /** Every so many times all nodes at once. */
  readonly allEvery: number
  readonly seed: number
  readonly epochMs: number
  /** From the start of the process to `/health/ready`; longer is a breach. */
  readonly readyMsMax: number
  /** Kept. Without one the data is deleted, unless something is wrong with it. */
  readonly dir?: string | undefined
  readonly signal: AbortSignal
  note(line: string): void
  onKill?(kill: Kill): void
}

export interface Kill {
  /** From 1. */
  readonly number: number
  readonly nodes: readonly string[]
  /** From the start of each process until it was ready. */
  readonly readyMs: readonly number[]
  /** The newest final epoch after it. */
  readonly epoch: number
  /** Lines final by then. */
  readonly records: number
}

export interface KillsReport {
  readonly kills: readonly Kill[]
  readonly epochs: number
  readonly records: number
  /** Different signed messages that the witness heard. */
  readonly messages: number
  /** Checkpoints seen before the end. */
  readonly checkpoints: number
  /** What must not be. */
  readonly breaches: readonly string[]
  readonly dir: string
}

const nodeCount = 4
/** A moment anywhere in an epoch or two. */
const calmMsMax = 2_500
const downMsMax = 1_000
/** Given up rather than waited for. */
const hopelessMs = 60_000
const hearMsMax = 30_000
const hex = 16

/** Kills nodes of a network that works, again and again, and judges what they say and what is left. */
export async function runKills(options: KillsOptions): Promise<KillsReport> {
  const { epochMs, seed, dir, signal, note } = options
  const net = await LoadedNetwork.furnish({ nodes: nodeCount, epochMs, seed, dir, signal })
  const watch = new FinalWatch(net.fleet.nodes)
  const kills: Kill[] = []
  let witness: VoteWitness | undefined
  try {
    note(`starting ${nodeCount} nodes in ${net.dir}`)
    await net.during(net.fleet.start())
    witness = await bringWitness(net)
    watch.start()
    net.startLoad()
    const breaches = await net.during(killAgainAndAgain(options, net, watch, kills))
    note('every kill is done: the load comes to its end')
    const remains = await net.halt()
    await watch.stop()
    note(`all that was submitted is final in ${remains.epoch} epochs: reading the stores`)
    breaches.push(...(await judge(remains, net, watch, witness)))
    await net.fleet.stop()
    if (dir === undefined && breaches.length === 0) await rm(net.dir, { recursive: true, force: true })
    const messages = witness.messages.reduce((sum, own) => sum + own.length, 0)
    const { records } = net.load
    return { kills, epochs: remains.epoch, records, messages, checkpoints: watch.count, breaches, dir: net.dir }
  } finally {
    await watch.stop()
    await witness?.stop()
    await net.stop()
  }
}

/** Every node dials the witness when it starts: what it signs first is heard as well. */
async function bringWitness({ blueprint, fleet }: LoadedNetwork): Promise<VoteWitness> {
  const { nodes } = fleet
  const addrs = nodes.map(({ ready }) => ready.status.addrs[0]!)
  const [port] = await freePorts(1)
  const { chain, genesis } = blueprint
  const witness = await VoteWitness.start(chain, genesis.validators, addrs, [`/ip4/127.0.0.1/tcp/${port}`])
  for (const node of nodes) {
    const others = nodes.filter(other => other !== node).flatMap(({ ready }) => ready.status.addrs)
    await node.knowPeers([...others, ...witness.addrs])
  }
  await until('the witness hears all', hearMsMax, async () => (witness.peers === nodes.length ? true : undefined))
  return witness
}

async function killAgainAndAgain(
  { times, allEvery, seed, readyMsMax, signal, onKill }: KillsOptions,
  net: LoadedNetwork,
  watch: FinalWatch,
  kills: Kill[],
): Promise<string[]> {
  const draw = drawer(seed)
  const breaches: string[] = []
  for (let number = 1; number <= times; number++) {
    await sleep(draw(calmMsMax), undefined, { signal })
    const { nodes } = net.fleet
    const one = nodes[draw(nodes.length)]!
    const victims = number % allEvery === 0 ? nodes : [one]
    await Promise.all(victims.map(node => node.kill()))
    await sleep(draw(downMsMax), undefined, { signal })
    const readyMs = await Promise.all(victims.map(node => restart(net, node, signal)))
    for (const [i, ms] of readyMs.entries()) {
      if (ms > readyMsMax)
        breaches.push(`kill ${number}: ${victims[i]!.name} was ready after ${Math.round(ms)} ms, not ${readyMsMax}`)
    }
    const names = victims.map(({ name }) => name)
    const kill: Kill = { number, nodes: names, readyMs, epoch: watch.epoch, records: net.load.records }
    kills.push(kill)
    onKill?.(kill)
  }
  return breaches
}

async function restart({ fleet }: LoadedNetwork, node: NodeProcess, signal: AbortSignal): Promise<number> {
  // The address stays the same.
  const ready = untilReady(node.ready.api!, hopelessMs, signal)
  const [readyMs] = await Promise.all([ready, fleet.restart(node)])
  return readyMs
}

async function judge(remains: Remains, net: LoadedNetwork, watch: FinalWatch, witness: VoteWitness): Promise<string[]> {
  const breaches: string[] = []
  for (const { file, line, outcome, code } of net.load.failures)
    breaches.push(`a line that should have passed failed: ${file}:${line}: ${outcome ?? code.toString(hex)}`)
  if (witness.forged > 0) breaches.push(`${witness.forged} messages that nobody in office signed`)
  breaches.push(...witness.doubles(), ...witness.offences())
  // One checkpoint per epoch, quorums, nothing submitted lost, supply, nobody punished, roots.
  await checkInvariants(remains).catch((error: Error) => breaches.push(error.message))
  await watch.compareStores()
  breaches.push(...watch.breaches)
  for (const { name, data } of remains.nodes) {
    const { findings } = await verifyStore(data)
    for (const { what, problem } of findings) breaches.push(`verify ${name}: ${what}: ${problem}`)
  }
  return breaches
}
