import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeProcess } from '../../src/testnet/node-process.ts'
import { CrowdOfClients } from './crowd.ts'
import { LoadedNetwork } from './loaded-network.ts'
import { type Sample, sampleOf } from './sample.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly nodes: number
  readonly epochMs: number
  readonly seed: number
  /** How many ask the first node's API all the time, like those of `npm run load`. */
  readonly clients: number
  /** Kept; without one the data is deleted. */
  readonly dir?: string | undefined
  readonly signal: AbortSignal
  note(line: string): void
  /** All nodes at one moment, and how many lines are final by then. */
  onSamples(samples: readonly Sample[], records: number): void
}

export const sampleSeconds = 10
const readMsMax = 30_000

/** Runs a network under steady load, and reads what its nodes say of themselves. Answers all samples. */
export async function soak(options: SoakOptions): Promise<Sample[]> {
  const { nodes, epochMs, seed, dir, signal, note } = options
  const net = await LoadedNetwork.furnish({ nodes, epochMs, seed, dir, signal })
  try {
    note(`starting ${nodes} nodes in ${net.dir}`)
    await net.during(net.fleet.start())
    net.startLoad()
    const samples = await net.during(watch(options, net))
    note('time is up: the load comes to its end')
    await net.halt()
    await net.fleet.stop()
    if (dir === undefined) await rm(net.dir, { recursive: true, force: true })
    return samples
  } finally {
    await net.stop()
  }
}

async function watch(options: SoakOptions, net: LoadedNetwork): Promise<Sample[]> {
  const { minutes, clients, signal, onSamples } = options
  const beganMs = performance.now()
  const all: Sample[] = []
  const crowd = clients > 0 ? await CrowdOfClients.start(net, clients, minutes * 60, signal) : undefined
  const ended = crowd === undefined ? signal : AbortSignal.any([signal, crowd.broken])
  try {
    for (let due = 0; due <= minutes * 60; due += sampleSeconds) {
      await sleep(Math.max(0, beganMs + due * 1_000 - performance.now()), undefined, { signal: ended }).catch(() => {
        throw ended.reason
      })
      const seconds = Math.round((performance.now() - beganMs) / 1_000)
      const samples = await Promise.all(net.fleet.nodes.map(node => read(node, seconds)))
      all.push(...samples)
      onSamples(samples, net.load.records)
    }
    return all
  } finally {
    await crowd?.stop()
  }
}

async function read({ name, ready }: NodeProcess, seconds: number): Promise<Sample> {
  const answer = await fetch(new URL('/metrics', ready.api!), { signal: AbortSignal.timeout(readMsMax) })
  const page = await answer.text()
  if (!answer.ok) throw new Error(`${name} doesn't tell its metrics: ${answer.status} ${page}`)
  return sampleOf(page, name, seconds)
}
