import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LedgerError } from '../../consensus/errors.ts'
import type { Faults } from '../../network/faults.ts'
import { NodeClient } from '../api/client.ts'
import { explorerLink } from '../api/explorer-link.ts'
import { socketPath } from '../api/socket-path.ts'
import { withoutSettings } from '../config/variables.ts'
import type { NodeMessage } from '../daemon/supervision.ts'
import { type Addresses, writeNodeConfig } from './folder.ts'

export type Ready = Extract<NodeMessage, { type: 'ready' }>
export type Ended = Extract<NodeMessage, { type: 'ended' }>

/**
 * Most of a node's memory is garbage, in each of its threads. That of the youngest generation is collected sooner: the peak is a third
 * less. The rest before half as much again has come together: V8 alone lets it grow with what it measured of its own speed, and a node
 * differs from the next by a fifth.
 */
const runtimeFlags = ['--max-semi-space-size=4', '--heap-growing-percent=50']
/**
 * Of its own accord glibc keeps a heap for every thread, and once a large buffer was freed it takes the next ones from there: both leave
 * gaps that stay resident, a sixth of a node's memory. With a threshold that is fixed they go back to the system when they are freed.
 */
const tightHeaps = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' }
const program = fileURLToPath(new URL('../cli/openledger.mjs', import.meta.url))
const readyMsMax = 60_000
/** A node ends by itself within this time of SIGTERM, or is killed. */
const stopMsMax = 4_000
/** Likewise after it was told to halt. */
const haltMsMax = 10_000

/** One node of a testnet: a process of its own, started as an operator would, and again after it was killed. */
export class NodeProcess {
  readonly name: string
  readonly data: string
  /** Asks the node over its socket, which stays the same when it is started again. */
  readonly client: NodeClient
  /** Called when the process ends though nobody asked it to. */
  onCrash: (error: LedgerError) => void = () => {}
  #addresses: Addresses
  #ready: Ready | undefined
  #child: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #ended: Ended | undefined
  #isExpectedToEnd = false
  #isStopped = false
  readonly #faultsSeed: number | undefined

  constructor(name: string, data: string, faultsSeed: number | undefined) {
    this.name = name
    this.data = data
    this.client = new NodeClient({ socket: socketPath(data) }, { timeoutMs: clientMsMax })
    this.#addresses = { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [], apiPort: 0 }
    this.#faultsSeed = faultsSeed
  }

  /** What the node said when it was ready last. */
  get ready(): Ready {
    if (this.#ready === undefined) throw new LedgerError('node-not-ready', `${this.name} has not been ready yet`)
    return this.#ready
  }

  /** Of the process; undefined where none runs. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  get logFile(): string {
    return join(this.data, 'log')
  }

  /** Where a browser finds its page. */
  get explorer(): string {
    return explorerLink(this.ready.api!)
  }

  /** Starts the process and waits until it is ready. */
  async start(bootstrap: readonly string[]): Promise<Ready> {
    this.#addresses = { ...this.#addresses, bootstrap }
    const config = await writeNodeConfig(this.data, this.#addresses, this.#faultsSeed)
    if (this.#isStopped) throw this.#failure('is not to be started any more')
    this.#isExpectedToEnd = false
    this.#ended = undefined
    this.#ready = await this.#spawn(config)
    // Whoever knows it by its address finds it again after a restart.
    const { api, status } = this.#ready
    this.#addresses = { listen: status.addrs.map(withoutPeer), bootstrap, apiPort: Number(new URL(api!).port) }
    await writeNodeConfig(this.data, this.#addresses, this.#faultsSeed)
    return this.#ready
  }

  /** Writes down whom to dial at the next start. */
  async knowPeers(bootstrap: readonly string[]): Promise<void> {
    this.#addresses = { ...this.#addresses, bootstrap }
    await writeNodeConfig(this.data, this.#addresses, this.#faultsSeed)
  }

  /** As if the machine lost power. */
  async kill(): Promise<void> {
    this.#isExpectedToEnd = true
    this.#child?.kill('SIGKILL')
    await this.#exited
  }

  async restart(): Promise<void> {
    await this.start(this.#addresses.bootstrap)
  }

  /** Stands still for a while. The waking is a process of its own: it comes even if this one is gone by then. */
  async pause(forMs: number): Promise<void> {
    const pid = this.#child?.pid
    if (pid === undefined) return
    this.#child!.kill('SIGSTOP')
    const waker = spawn('/bin/sh', ['-c', 'sleep "$1"; kill -CONT "$2"', 'wake', String(forMs / 1000), String(pid)], {
      stdio: 'ignore',
      detached: true,
    })
    waker.unref()
    await new Promise(resolve => waker.once('exit', resolve))
  }

  setFaults(faults: Faults): void {
    this.#child?.send({ type: 'faults', faults })
  }

  /** Takes no part beyond `epoch`, which it has, and ends. Answers what it said last; undefined if it had to be made to end. */
  async halt(epoch: number): Promise<Ended | undefined> {
    this.#isExpectedToEnd = true
    // A node that ends at once may not get round to answering.
    await this.client.halt(epoch).catch(() => undefined)
    await this.#endWithin(haltMsMax)
    return this.#ended
  }

  /** For good. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#isExpectedToEnd = true
    this.#child?.kill('SIGCONT')
    this.#child?.kill('SIGTERM')
    await this.#endWithin(stopMsMax)
    await this.client.close()
  }

  async #endWithin(ms: number): Promise<void> {
    const child = this.#child
    const timer = setTimeout(() => child?.kill('SIGKILL'), ms)
    await this.#exited
    clearTimeout(timer)
  }

  /** The last resort, for the end of this process. */
  killNow(): void {
    this.#child?.kill('SIGKILL')
  }

  #spawn(config: string): Promise<Ready> {
    const log = openSync(this.logFile, 'a')
    // A process group of its own: Ctrl-C is for the testnet, which then stops its nodes. They notice when it is gone.
    const child = spawn(process.execPath, [...runtimeFlags, program, 'start', '--config', config], {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
      // What the config file doesn't say is the same for every node, whatever is set around the testnet.
      env: { ...tightHeaps, ...withoutSettings(process.env) },
    })
    closeSync(log)
    this.#child = child
    const exited = Promise.withResolvers<void>()
    this.#exited = exited.promise
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(this.#failure(`was not ready within ${readyMsMax} ms`))
      }, readyMsMax)
      child.on('error', error => reject(this.#failure(error.message)))
      child.on('message', (message: NodeMessage) => {
        clearTimeout(timer)
        if (message.type === 'ready') resolve(message)
        else this.#ended = message
      })
      child.once('exit', (code, signal) => {
        clearTimeout(timer)
        this.#child = undefined
        exited.resolve()
        const error = this.#failure(`ended with ${signal ?? `status ${code}`}`)
        reject(error)
        if (!this.#isExpectedToEnd) this.onCrash(error)
      })
    })
  }

  #failure(what: string): LedgerError {
    const facts = { name: this.name, log: this.logFile }
    return new LedgerError('node-failed', `${this.name} ${what}`, facts, `see ${this.logFile}`)
  }
}

/** A node that is paused doesn't answer: the next one is asked soon. */
const clientMsMax = 5_000

function withoutPeer(addr: string): string {
  return addr.replace(/\/p2p\/[^/]+$/, '')
}
