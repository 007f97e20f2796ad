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

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  /** Once there is something to ask about. */
  static async start({ fleet, load }: LoadedNetwork, clients: number, seconds: number): Promise<CrowdOfClients> {
    const [node] = fleet.nodes
    while (load.refs.length === 0) await sleep(pollMs)
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
