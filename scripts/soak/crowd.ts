import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { accountText } from '../../consensus/account.ts'
import { tokenFile } from '../../src/api/token.ts'
import type { ClientsOrder } from '../load/clients-thread.ts'
import type { LoadedNetwork } from './loaded-network.ts'

const pollMs = 200

/** Clients of every kind at the API of a network's first node, in a thread of their own. */
export class CrowdOfClients {
  readonly #worker: Worker
  readonly #broken = new AbortController()

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.once('error', error => {
      this.#broken.abort(new Error(`the clients broke down: ${(error as Error).message}`, { cause: error }))
    })
  }

  /** Aborted where the clients end with an error, which is the reason. */
  get broken(): AbortSignal {
    return this.#broken.signal
  }

  /** Once there is something to ask about. */
  static async start(
    { fleet, load }: Pick<LoadedNetwork, 'fleet' | 'load'>,
    clients: number,
    seconds: number,
    signal: AbortSignal,
  ): Promise<CrowdOfClients> {
    const [node] = fleet.nodes
    while (load.refs.length === 0) await sleep(pollMs, undefined, { signal })
    const token = (await readFile(join(node!.data, tokenFile), 'utf8')).trim()
    const url = new URL(node!.ready.api!)
    const known = {
      accounts: [...load.funds.actors.values()].map(accountText),
      refs: load.refs,
      newest: (await node!.client.status()).epoch,
    }
    const order: ClientsOrder = {
      target: { host: url.hostname, port: Number(url.port), token },
      known,
      clients,
      seconds,
    }
    const worker = new Worker(new URL('../load/clients-thread.ts', import.meta.url), { workerData: order })
    return new CrowdOfClients(worker)
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}
