import type { Engine } from '../../../src/engine/engine.ts'
import type { EngineClient } from '../../../src/engine/engine-client.ts'
import type { CommitOrder, CommittedEpoch, ExecutedEpoch, ExecuteOrder } from '../../../src/engine/executed-epoch.ts'
import type { Random } from '../random.ts'
import type { VirtualClock } from '../virtual-clock.ts'
import type { Life } from './life.ts'

/** The real engine in this process; like in its thread one call follows the other, and each takes its time. */
export class SlowEngine implements Pick<EngineClient, 'execute' | 'commit' | 'close' | 'failed'> {
  readonly failed = new Promise<never>(() => {})
  readonly #engine: Engine
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #life: Life
  readonly #callMsMax: number
  #last: Promise<unknown> = Promise.resolve()

  constructor(engine: Engine, clock: VirtualClock, random: Random, life: Life, callMsMax: number) {
    this.#engine = engine
    this.#clock = clock
    this.#random = random
    this.#life = life
    this.#callMsMax = callMsMax
  }

  execute(order: ExecuteOrder): Promise<ExecutedEpoch> {
    return this.#inTurn(() => this.#engine.execute(order))
  }

  commit(order: CommitOrder): Promise<CommittedEpoch> {
    return this.#inTurn(() => this.#engine.commit(order))
  }

  async close(): Promise<void> {}

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#pass()).then(call)
    this.#last = result.catch(() => {})
    return result
  }

  #pass(): Promise<void> {
    return new Promise(resolve => {
      this.#clock.after(this.#random.next() * this.#callMsMax, () => {
        if (this.#life.isOver) return false
        resolve()
        return true
      })
    })
  }
}
