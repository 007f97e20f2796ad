import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import type { VotesRequest } from '../../network/protocols/votes.ts'
import type { AgreementHost } from './agreement-host.ts'
import { readAttempt } from './agreement-messages.ts'

export interface VotePullerOptions {
  readonly agreement: Pick<AgreementHost, 'lacks' | 'take'>
  /** Undefined until it is up. */
  readonly network: () => Pick<Network, 'peers' | 'request' | 'penalise'> | undefined
  readonly signal: AbortSignal
  /** A peer is an epoch ahead. */
  readonly onBehind: () => void
  readonly log: Log
}

/** T8: asks one peer after the other for what this node lacks in its round. */
export class VotePuller {
  readonly #options: VotePullerOptions
  #pulls = 0

  constructor(options: VotePullerOptions) {
    this.#options = options
  }

  /** Asks the next peer, if there is anything to ask. */
  pull(): void {
    const { agreement, network: up, log } = this.#options
    const network = up()
    const lacks = agreement.lacks()
    const peers = network?.peers() ?? []
    if (network === undefined || lacks === undefined || peers.length === 0) return
    const peer = peers[this.#pulls++ % peers.length]!.id
    this.#ask(network, peer, lacks).catch((error: Error) => {
      log.debug({ peer, error: error.message }, 'a peer did not give votes')
    })
  }

  async #ask(network: Pick<Network, 'request' | 'penalise'>, peer: PeerText, lacks: VotesRequest): Promise<void> {
    const { agreement, signal, onBehind } = this.#options
    const { votes, proposals, certificates } = await network.request.votes(peer, lacks, signal)
    for (const bytes of [...proposals, ...votes, ...certificates]) {
      const message = readAttempt(bytes)
      if (message === undefined) {
        network.penalise(peer, 'vote-malformed', 'major')
        return
      }
      const verdict = agreement.take(message, peer)
      if (verdict === 'forged') network.penalise(peer, 'vote-forged', 'major')
      if (verdict === 'ahead') onBehind()
    }
  }
}
