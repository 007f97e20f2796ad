/** A network whose nodes are started by hand, each a process of its own with a config file that never changes. */
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { peerKey } from '../../network/peer-key.ts'
import { NodeClient } from '../../src/api/client.ts'
import type { NodeStatus } from '../../src/api/node-view.ts'
import { socketPath } from '../../src/api/socket-path.ts'
import type { ScenarioFile } from '../../src/scenario/line.ts'
import { parseScenario } from '../../src/scenario/parse.ts'
import { type RunResult, runScenario } from '../../src/scenario/runner.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import { actorKeys, type Blueprint, drawBlueprint } from '../../src/testnet/blueprint.ts'
import { dataFolder, furnish, newFolder, writeNodeConfig } from '../../src/testnet/folder.ts'
import { type Program, start } from './program.ts'

export const netSeed = 5
const readyMsMax = 60_000
const pollMs = 50

export class HandRunNode {
  readonly data: string
  readonly client: NodeClient
  readonly addr: string
  readonly #config: string
  #program: Program | undefined

  constructor(data: string, config: string, addr: string) {
    this.data = data
    this.addr = addr
    this.#config = config
    this.client = new NodeClient({ socket: socketPath(data) }, { timeoutMs: 5_000 })
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<NodeStatus> {
    const program = start(['start', '--config', this.#config])
    this.#program = program
    return await until(`${this.data} answers`, readyMsMax, async () => {
      if (!program.isRunning) throw new Error(`${this.data} ended\n${program.stdout}${program.stderr}`)
      return await this.client.status().catch(() => undefined)
    })
  }

  async kill(): Promise<void> {
    this.#program!.child.kill('SIGKILL')
    await this.#program!.ended
  }

  /** As an operator ends it: within 10 s, with status 0. */
  async stop(): Promise<void> {
    const program = this.#program!
    program.child.kill('SIGTERM')
    const { status } = await program.end(10_000)
    assert.is(status, 0, program.stderr.slice(-2_000))
    await this.client.close()
  }
}

export class HandRunNet {
  readonly blueprint: Blueprint
  readonly nodes: readonly HandRunNode[]
  readonly #scenario: Scenario
  readonly #keyOf: ReturnType<typeof actorKeys>

  private constructor(
    blueprint: Blueprint,
    nodes: readonly HandRunNode[],
    scenario: Scenario,
    keyOf: ReturnType<typeof actorKeys>,
  ) {
    this.blueprint = blueprint
    this.nodes = nodes
    this.#scenario = scenario
    this.#keyOf = keyOf
  }

  /** Four nodes that know each other's addresses, none of them running yet. */
  static async furnish(dir: string, files: readonly ScenarioFile[], epochMs: number): Promise<HandRunNet> {
    const keyOf = actorKeys(netSeed)
    const scenario = parseScenario(files, { accountOf: actor => keyOf(actor).publicKey })
    const blueprint = drawBlueprint({ nodes: 4, epochMs, seed: netSeed, scenario, time: Date.now() })
    await furnish(await newFolder(dir), blueprint)
    const ports = await freePorts(2 * blueprint.nodes.length)
    const peers = await Promise.all(blueprint.nodes.map(({ peerSeed }) => peerKey(peerSeed)))
    const listen = blueprint.nodes.map((_, i) => `/ip4/127.0.0.1/tcp/${ports[2 * i]}`)
    const addrs = peers.map(({ peer }, i) => `${listen[i]}/p2p/${peer}`)
    const nodes = blueprint.nodes.map(async (plan, i) => {
      const data = dataFolder(dir, plan)
      const bootstrap = addrs.filter(addr => addr !== addrs[i])
      const config = await writeNodeConfig(
        data,
        { listen: [listen[i]!], bootstrap, apiPort: ports[2 * i + 1]! },
        undefined,
      )
      return new HandRunNode(data, config, addrs[i]!)
    })
    return new HandRunNet(blueprint, await Promise.all(nodes), scenario, keyOf)
  }

  async start(): Promise<void> {
    await Promise.all(this.nodes.map(node => node.start()))
  }

  /** All at the same moment. */
  killAll(): void {
    for (const node of this.nodes) void node.kill()
  }

  /** Plays the scenario to its end, whichever nodes are there. */
  play(signal: AbortSignal): Promise<RunResult> {
    return runScenario({
      scenario: this.#scenario,
      chain: this.blueprint.chain,
      nodes: this.nodes.map(({ client }) => client),
      keyOf: this.#keyOf,
      epoch: 0,
      signal,
      resendAfterMs: 3_000,
    })
  }

  /** Waits until every node has `epoch`. */
  async reach(epoch: number, nodes: readonly HandRunNode[] = this.nodes, withinMs = 60_000): Promise<void> {
    for (const { data, client } of nodes) {
      await until(`epoch ${epoch} at ${data}`, withinMs, async () => {
        const status = await client.status().catch(() => undefined)
        return status !== undefined && status.epoch >= epoch ? status : undefined
      })
    }
  }
}

/** CIDs of a node's checkpoints from epoch 1 on. */
export async function checkpointsOf({ client }: HandRunNode): Promise<string[]> {
  const { epoch } = await client.status()
  const cids: string[] = []
  for (let number = 1; number <= epoch; number++) cids.push((await client.epoch(number))!.cid)
  return cids
}

/** Asks again until there is an answer. */
export async function until<T>(what: string, withinMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const endMs = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(pollMs)
  }
}

/** Ports that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map(server => (server.address() as { port: number }).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}
