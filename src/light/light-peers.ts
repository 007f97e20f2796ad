import { setTimeout as sleep } from 'node:timers/promises'
import { LedgerError } from '../../consensus/errors.ts'
import type { Client } from '../../network/client.ts'
import type { PeerText } from '../../network/peer.ts'
import { RequestError } from '../../network/request-error.ts'
import { type Patience, patience, peersMax } from './limits.ts'

/** The network as a light node uses it. */
export type LightNetwork = Pick<Client, 'request' | 'connect' | 'drop'>

/** Why a peer is no longer asked. */
export interface PeerFailure {
  /** Its id, or its address where it was never reached. */
  readonly peer: string
  readonly code: string
  readonly problem: string
}

/** Asks a peer and checks what it answers; a LedgerError that it throws is the peer's fault. */
export type Question<T> = (peer: PeerText, signal: AbortSignal) => Promise<T>

/** The peer is well, and hasn't what was asked for: it may have joined later, or be behind. */
export class UnknownError extends LedgerError {
  constructor(what: string) {
    super('unknown', `it has no ${what}`)
  }
}

/** No peer gave an answer that holds. */
export class NoPeerError extends LedgerError {
  /** Whether peers are left that are well: none of them has what was asked for. */
  readonly isUnknown: boolean

  constructor(failures: readonly PeerFailure[], isUnknown: boolean) {
    const why = failures.map(({ peer, code, problem }) => `${peer}: ${code}: ${problem}`)
    super(
      'no-peer',
      ['no peer gave an answer that holds', ...why].join('\n'),
      { failures },
      'give other peers with --peer',
    )
    this.isUnknown = isUnknown
  }
}

interface Standing {
  readonly peer: PeerText
  /** Ms that its slow answers took beyond what is fine. */
  slowMs: number
}

/** The full nodes that a light node asks. One that answers wrongly or slowly is dropped, and why is kept for the report. */
export class LightPeers {
  readonly #network: LightNetwork
  readonly #standings = new Map<PeerText, Standing>()
  readonly #failures: PeerFailure[] = []
  readonly #signal: AbortSignal
  readonly #patience: Patience

  private constructor(network: LightNetwork, signal: AbortSignal, waits: Patience) {
    this.#network = network
    this.#signal = signal
    this.#patience = waits
  }

  /** Connects to those addresses, and where they are few, to those that they tell of. */
  static async connect(
    network: LightNetwork,
    addrs: readonly string[],
    signal: AbortSignal,
    waits = patience,
  ): Promise<LightPeers> {
    const peers = new LightPeers(network, signal, waits)
    await peers.#dial(addrs.slice(0, peersMax))
    if (peers.all.length < peersMax) await peers.#dialTold()
    return peers
  }

  /** Connected and not dropped, the given ones first. */
  get all(): PeerText[] {
    return [...this.#standings.keys()]
  }

  /** Of each peer at most what it hasn't, and why it was dropped. */
  get failures(): readonly PeerFailure[] {
    return this.#failures
  }

  get request(): LightNetwork['request'] {
    return this.#network.request
  }

  /** The peer's answer, checked; undefined where it failed and was dropped, or where it hasn't what was asked for. */
  async ask<T>(peer: PeerText, question: Question<T>): Promise<T | undefined> {
    const standing = this.#standings.get(peer)
    if (standing === undefined) return undefined
    try {
      return await this.#patiently(standing, question)
    } catch (error) {
      this.#signal.throwIfAborted()
      if (!(error instanceof LedgerError)) throw error
      if (error instanceof UnknownError) this.#noteUnknown(peer, error)
      else this.drop(peer, error)
      return undefined
    }
  }

  /** The first answer that holds, `preferred` being asked first. Throws NoPeerError when all have failed. */
  async askAny<T>(question: Question<T>, preferred?: PeerText): Promise<T> {
    const rest = this.all.filter(peer => peer !== preferred)
    for (const peer of preferred === undefined ? rest : [preferred, ...rest]) {
      const answer = await this.ask(peer, question)
      if (answer !== undefined) return answer
    }
    throw this.noPeer()
  }

  /** Asks this peer no more; the first reason is the one that is kept. */
  drop(peer: PeerText, { code, message }: LedgerError): void {
    if (!this.#standings.delete(peer)) return
    this.#network.drop(peer)
    this.#failures.push({ peer, code, problem: message })
  }

  /** That nobody gave an answer that holds, and why. */
  noPeer(): NoPeerError {
    return new NoPeerError(this.#failures, this.all.length > 0)
  }

  async #patiently<T>(standing: Standing, question: Question<T>): Promise<T> {
    const { answerMs, busyMs, busyTimesMax } = this.#patience
    for (let times = 1; ; times++) {
      const startMs = performance.now()
      const late = AbortSignal.timeout(answerMs)
      try {
        const answer = await question(standing.peer, AbortSignal.any([this.#signal, late]))
        this.#judgeSpeed(standing, performance.now() - startMs)
        return answer
      } catch (error) {
        const isLate = late.aborted || isTimeout(error)
        if (isLate && !this.#signal.aborted) {
          throw slow(standing.peer, `no answer within ${Math.round(performance.now() - startMs)} ms`)
        }
        if (!isBusy(error) || times === busyTimesMax) throw error
      }
      await sleep(busyMs, undefined, { signal: this.#signal })
    }
  }

  #judgeSpeed(standing: Standing, tookMs: number): void {
    const { slowAnswerMs, slowMsMax } = this.#patience
    standing.slowMs += Math.max(0, tookMs - slowAnswerMs)
    if (standing.slowMs > slowMsMax) throw slow(standing.peer, `its answers took ${slowMsMax} ms too long in all`)
  }

  async #dial(addrs: readonly string[]): Promise<void> {
    const dialled = await Promise.all(
      addrs.map(async addr => {
        try {
          return await this.#network.connect(addr, this.#signal)
        } catch (error) {
          this.#signal.throwIfAborted()
          if (!(error instanceof RequestError)) throw error
          this.#failures.push({ peer: addr, code: error.code, problem: error.message })
          return undefined
        }
      }),
    )
    // In the order of the addresses, whoever answered first.
    for (const peer of dialled) if (peer !== undefined) this.#standings.set(peer, { peer, slowMs: 0 })
  }

  async #dialTold(): Promise<void> {
    const told = await Promise.all(
      this.all.map(async peer => {
        // Who tells of nobody has done nothing wrong.
        const addrs = await this.#network.request.peers(peer, null, this.#signal).catch(() => [])
        return addrs.filter(addr => !this.all.some(known => addr.endsWith(`/p2p/${known}`)))
      }),
    )
    const addrs = [...new Set(told.flat())].slice(0, peersMax - this.all.length)
    await Promise.all(
      addrs.map(async addr => {
        const peer = await this.#network.connect(addr, this.#signal).catch(() => undefined)
        if (peer !== undefined && !this.#standings.has(peer)) this.#standings.set(peer, { peer, slowMs: 0 })
      }),
    )
  }

  /** Once: what it hasn't may be much. */
  #noteUnknown(peer: PeerText, { code, message }: UnknownError): void {
    const isNoted = this.#failures.some(failure => failure.peer === peer && failure.code === code)
    if (!isNoted) this.#failures.push({ peer, code, problem: message })
  }
}

function slow(peer: PeerText, problem: string): LedgerError {
  return new LedgerError('slow', problem, { peer })
}

function isTimeout(error: unknown): boolean {
  return error instanceof RequestError && error.code === 'timeout'
}

function isBusy(error: unknown): boolean {
  return error instanceof RequestError && error.facts.reason === 'busy'
}
