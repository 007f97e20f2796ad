import { setTimeout as sleep } from 'node:timers/promises'
import { toKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { NodeView } from '../../src/api/node-view.ts'
import type { ChainHead } from '../../src/scenario/batch-writer.ts'
import { parseScenario } from '../../src/scenario/parse.ts'
import { runScenario } from '../../src/scenario/runner.ts'
import type { Scenario } from '../../src/scenario/scenario.ts'
import type { Failure } from '../../src/scenario/tally.ts'
import { actorKeys } from '../../src/testnet/blueprint.ts'
import { Cast, fundLines, waveLines } from './wave.ts'

/** While one stream waits for an epoch or begins anew, the others write. */
const streams = 3
/** A batch whose node was killed goes to another one soon. */
const resendAfterMs = 2_000
const retryMs = 200

export interface LoadTarget {
  /** Genesis CID. */
  readonly chain: Cid
  readonly nodes: readonly NodeView[]
  readonly signal: AbortSignal
}

/** Plays waves of an economy through a network, one after the other in several streams, for as long as it is wanted. */
export class SteadyLoad {
  /** The lines that became final. */
  records = 0
  /** Those that the ledger refused. */
  readonly failures: Failure[] = []
  /** A ref of each batch that was submitted. */
  readonly #byBatch = new Map<string, string>()
  readonly #keyOf: ReturnType<typeof actorKeys>
  readonly #casts = Array.from({ length: streams }, (_, stream) => new Cast(stream))
  #isEnding = false
  #playing: Promise<unknown> = Promise.resolve()

  /** `seed`: actors' keys follow from it. */
  constructor(seed: number) {
    this.#keyOf = actorKeys(seed)
  }

  /** What the genesis must hold. */
  get funds(): Scenario {
    return this.#parse(this.#casts.flatMap(fundLines))
  }

  /** A ref of each batch whose wave came to its end. */
  get refs(): readonly string[] {
    return [...this.#byBatch.values()]
  }

  start(target: LoadTarget): void {
    this.#playing = Promise.all(this.#casts.map((cast, stream) => this.#play(cast, stream, target)))
    this.#playing.catch(() => {})
  }

  /** Rejects when a wave comes to a bad end; resolves no sooner than `end` was called. */
  get played(): Promise<unknown> {
    return this.#playing
  }

  /** Begins no further wave, and resolves when all that was submitted is final. */
  async end(): Promise<void> {
    this.#isEnding = true
    await this.#playing
  }

  async #play(cast: Cast, stream: number, target: LoadTarget): Promise<void> {
    let epoch = 0
    let heads: ReadonlyMap<string, ChainHead> = new Map()
    for (let wave = 0; !this.#isEnding; wave++) {
      const scenario = this.#parse(waveLines(cast, `wave ${stream}.${wave}`))
      let final = 0
      const run = await runScenario({
        ...target,
        scenario,
        keyOf: this.#keyOf,
        epoch,
        heads,
        resendAfterMs,
        onEpoch: (_, { finalized }) => {
          this.records += finalized - final
          final = finalized
        },
      })
      this.failures.push(...run.tally.failures)
      for (const ref of run.refs) this.#byBatch.set(ref.slice(0, ref.indexOf('/')), ref)
      epoch = run.epoch
      heads = await this.#headsAt(epoch, cast, target)
    }
  }

  /** Where the authors' chains stand, as a node says that has the epoch. */
  async #headsAt(epoch: number, cast: Cast, { nodes, signal }: LoadTarget): Promise<ReadonlyMap<string, ChainHead>> {
    for (let tries = 0; ; tries++) {
      const node = nodes[tries % nodes.length]!
      try {
        if ((await node.status()).epoch >= epoch) return await this.#headsAtNode(node, cast)
      } catch {
        // Killed, or not up again.
      }
      await sleep(retryMs, undefined, { signal })
    }
  }

  async #headsAtNode(node: NodeView, { all }: Cast): Promise<ReadonlyMap<string, ChainHead>> {
    const heads = new Map<string, ChainHead>()
    for (const actor of all) {
      const { seq, head } = await node.author(toKey(this.#keyOf(actor).publicKey))
      heads.set(actor, { seq, head: head === null ? null : Cid.fromText(head) })
    }
    return heads
  }

  #parse(lines: readonly object[]): Scenario {
    const text = lines.map(line => JSON.stringify(line)).join('\n')
    return parseScenario([{ name: 'load', text }], { accountOf: actor => this.#keyOf(actor).publicKey })
  }
}
