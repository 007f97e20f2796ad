import { randomBytes } from 'node:crypto'
import { type Client, startClient } from '../../network/client.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { LightClient, type LightOptions } from '../light/light-client.ts'
import { SecondHistoryError } from '../light/second-history.ts'
import { programVersion } from '../version.ts'
import { readReporterKey, tellEvidence } from './light-evidence.ts'
import type { LightClientOptions } from './light-options.ts'
import type { Output } from './output.ts'
import { firstSignal } from './signals.ts'

const progressMs = 1_000

/** A light node and its connections, for as long as a command needs them. */
export class LightSession {
  readonly signal: AbortSignal
  #network: Client
  #client: LightClient

  private constructor(signal: AbortSignal, network: Client, client: LightClient) {
    this.signal = signal
    this.#network = network
    this.#client = client
  }

  static async open(options: LightClientOptions, output: Output, signal: AbortSignal): Promise<LightSession> {
    const network = await newNetwork()
    try {
      const client = await LightClient.open({ ...clientOptions(options, output), network, signal })
      return new LightSession(signal, network, client)
    } catch (error) {
      await network.stop()
      throw error
    }
  }

  get client(): LightClient {
    return this.#client
  }

  /** Connects anew, and goes on from what was verified: a peer that was dropped may be well again. Throws NoPeerError. */
  async renew(): Promise<void> {
    await this.#network.stop()
    this.#network = await newNetwork()
    this.#client = await LightClient.resume(this.#client, this.#network)
  }

  async close(): Promise<void> {
    await this.#network.stop()
  }
}

/** A light node for as long as `use` needs it, or until a signal. */
export async function withLightSession<T>(
  options: LightClientOptions,
  output: Output,
  use: (session: LightSession) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  void firstSignal().then(signal => stop.abort(new Error(`ended by ${signal}`)))
  // A wrong password is told at once, not when it matters.
  const account = options.key === undefined ? undefined : await readReporterKey(options.key, options)
  const session = await LightSession.open(options, output, stop.signal)
  try {
    return await use(session).catch(async (error: Error) => {
      const { client } = session
      if (error instanceof SecondHistoryError) await tellEvidence(error, { client, account }, options, output)
      throw error
    })
  } finally {
    await session.close()
  }
}

/** Tells at most once a second, and nothing of what is over sooner. */
export function seldom(tell: (text: string) => void): (text: string) => void {
  let toldMs = performance.now()
  return text => {
    if (performance.now() - toldMs < progressMs) return
    toldMs = performance.now()
    tell(text)
  }
}

/** Under a new key each time: who it is is nobody's concern. */
function newNetwork(): Promise<Client> {
  return startClient({ peerSeed: randomBytes(32), agent: `openledger/${programVersion}` })
}

function clientOptions(
  { peer, trust, data, accept }: LightClientOptions,
  output: Output,
): Omit<LightOptions, 'network' | 'signal'> {
  return {
    crypto: nativeCrypto,
    peers: peer,
    ...(trust === undefined ? {} : { trust }),
    ...(data === undefined ? {} : { dir: data }),
    accept: accept === true,
    now: Date.now,
    onProgress: seldom(text => output.note(text)),
  }
}
