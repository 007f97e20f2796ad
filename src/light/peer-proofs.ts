import { LedgerError } from '../../consensus/errors.ts'
import type { ProofSource } from '../../consensus/light/proof/reader.ts'
import type { ProofPart } from '../../consensus/light/proof/request.ts'
import { partUnshown } from '../../consensus/light/proof/unshown.ts'
import { ProofError } from '../../consensus/merkle/proof-error.ts'
import type { PeerText } from '../../network/peer.ts'
import type { LightPeers } from './light-peers.ts'
import { forget } from './memory.ts'

/** What one walk took from peers. */
export interface WalkCosts {
  readonly requests: number
  readonly bytes: number
}

/** The peers are well, and none can prove what was asked for: they may have joined later. */
export class UnshownError extends LedgerError {
  /** What it was; undefined where something was proved not to be there. */
  readonly part: ProofPart['type'] | undefined

  constructor(error: ProofError) {
    super('unknown', `no peer proves it: ${error.message}`, {}, 'give other peers with --peer')
    this.part = partUnshown(error)
  }
}

/** What stands in the way of those who have less comes first: the epoch's own trees, what is older, then a state, of which there are newer ones. */
const rankOf = ({ part }: UnshownError): number => (part === 'find' ? 0 : part === 'state' ? 2 : 1)

function farther(a: UnshownError | undefined, b: UnshownError): UnshownError {
  return a === undefined || rankOf(b) > rankOf(a) ? b : a
}

/** The peer was dropped in the middle of a walk. */
class LostPeerError extends Error {}

/** Walks through proofs with one peer after the other: who can't prove what it says is dropped, and the walk begins again with the next. */
export class PeerProofs {
  readonly #peers: LightPeers
  readonly #costs = { requests: 0, bytes: 0 }

  constructor(peers: LightPeers) {
    this.#peers = peers
  }

  get costs(): WalkCosts {
    return { ...this.#costs }
  }

  /**
   * What the walk comes to. Throws UnshownError where peers are well and none has what it needs, with what the one lacks that got
   * farthest. Else LedgerError `no-peer`.
   */
  async walk<T>(walk: (source: ProofSource) => Promise<T>): Promise<T> {
    let unshown: UnshownError | undefined
    for (const peer of this.#peers.all) {
      try {
        return await walk({ ask: request => this.#ask(peer, request) })
      } catch (error) {
        if (error instanceof LostPeerError) continue
        if (!(error instanceof LedgerError)) throw error
        if (error instanceof ProofError && error.check === 'missing')
          unshown = farther(unshown, new UnshownError(error))
        else this.#peers.drop(peer, error)
      }
    }
    throw unshown ?? this.#peers.noPeer()
  }

  async #ask(peer: PeerText, request: Parameters<LightPeers['request']['proof']>[1]): Promise<Uint8Array> {
    const bytes = await this.#peers.ask(peer, (who, signal) => this.#peers.request.proof(who, request, signal))
    if (bytes === undefined) throw new LostPeerError()
    forget()
    this.#costs.requests++
    this.#costs.bytes += bytes.length
    return bytes
  }
}
