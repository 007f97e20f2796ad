import { createHash } from 'node:crypto'
import { ppmWhole } from '../../consensus/amount.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { parseDuration } from '../duration.ts'

/** What is to go wrong on a testnet. */
export interface FaultPlan {
  /** Times that a node is killed with SIGKILL and restarted. */
  readonly kills: number
  /** Times that a node is stopped with SIGSTOP and continued. */
  readonly pauses: number
  readonly partition?: Partition
  readonly latencyMs?: number
  readonly lossPpm?: number
}

export interface Partition {
  /** Nodes in each group. */
  readonly sizes: readonly number[]
  readonly afterMs: number
  readonly forMs: number
}

export const noFaults: FaultPlan = { kills: 0, pauses: 0 }
const timesMax = 10_000

/** `kill=N,pause=N,partition=2|2@10s+60s,latency=50ms,loss=1%`; throws MalformedError naming the part. */
export function parseFaults(text: string): FaultPlan {
  const plan: { -readonly [K in keyof FaultPlan]: FaultPlan[K] } = { ...noFaults }
  const seen = new Set<string>()
  for (const part of text.split(',')) {
    const [name, value = ''] = splitOnce(part.trim(), '=')
    if (seen.has(name)) throw new MalformedError('faults', `${name} once`, text)
    seen.add(name)
    if (name === 'kill') plan.kills = times(value, name)
    else if (name === 'pause') plan.pauses = times(value, name)
    else if (name === 'partition') plan.partition = partition(value)
    else if (name === 'latency') plan.latencyMs = parseDuration(value, name)
    else if (name === 'loss') plan.lossPpm = percent(value)
    else throw new MalformedError('faults', 'kill=N, pause=N, partition=2|2@10s+60s, latency=50ms or loss=1%', part)
  }
  return plan
}

export function hasFaults(plan: FaultPlan): boolean {
  return plan.kills > 0 || plan.pauses > 0 || needsNetworkFaults(plan)
}

/** Whether the nodes themselves must be able to do it. */
export function needsNetworkFaults({ partition, latencyMs, lossPpm }: FaultPlan): boolean {
  return partition !== undefined || latencyMs !== undefined || lossPpm !== undefined
}

/** A partition must say of every node where it is. */
export function checkFaults({ partition }: FaultPlan, nodes: number): void {
  if (partition === undefined) return
  const placed = partition.sizes.reduce((sum, size) => sum + size, 0)
  if (placed !== nodes) throw new MalformedError('partition', `groups of ${nodes} nodes together`, placed)
}

export type Outage = {
  readonly type: 'kill' | 'pause'
  readonly node: number
  readonly afterMs: number
  readonly forMs: number
}

const calmMs = [2_000, 6_000] as const
const outageMs = [2_000, 5_000] as const

/** The outages in order, one node at a time: each begins `afterMs` after the end of the one before. Drawn from the seed. */
export function outagesOf({ kills, pauses }: FaultPlan, nodes: number, seed: number): Outage[] {
  const draw = drawer(seed)
  const left = { kill: kills, pause: pauses }
  return Array.from({ length: kills + pauses }, () => {
    const type = draw(left.kill + left.pause) < left.kill ? 'kill' : 'pause'
    left[type]--
    const between = ([min, max]: readonly [number, number]) => min + draw(max - min)
    return { type, node: draw(nodes), afterMs: between(calmMs), forMs: between(outageMs) }
  })
}

/** Integers below a bound, the same for the same seed. */
function drawer(seed: number): (bound: number) => number {
  let count = 0
  return bound => {
    const digest = createHash('sha256').update(`openledger/outage/${seed}/${count++}`).digest()
    return Number(digest.readBigUInt64BE() % BigInt(bound))
  }
}

function times(text: string, name: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(count <= timesMax)) throw new MalformedError(name, `a number up to ${timesMax}`, text)
  return count
}

function percent(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(text)
  const ppm = Math.round(Number(match?.[1]) * (ppmWhole / 100))
  if (!(ppm <= ppmWhole)) throw new MalformedError('loss', 'a percentage like 1%', text)
  return ppm
}

function partition(text: string): Partition {
  const [groups, when] = splitOnce(text, '@')
  const [after, span] = splitOnce(when ?? '', '+')
  const sizes = groups.split('|').map(size => (/^[1-9]\d{0,3}$/.test(size) ? Number(size) : Number.NaN))
  if (sizes.length < 2 || sizes.some(Number.isNaN)) throw new MalformedError('partition', '2|2@10s+60s', text)
  return { sizes, afterMs: parseDuration(after, 'partition'), forMs: parseDuration(span ?? '', 'partition') }
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const place = text.indexOf(at)
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + at.length)]
}
