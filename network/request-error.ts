import { LedgerError } from '../consensus/errors.ts'

/**
 * Why a peer gave no answer. `refused`: it said so, with `facts.reason` (`busy`: asked too often or too much at once;
 * `unavailable`: it can't now; `malformed`: it calls the request malformed). `unreachable`: no connection or protocol.
 * `timeout`, `aborted` (by the caller), `broken-off`: the stream ended early. `malformed`: the answer was against the
 * protocol, and the peer is already penalised for it.
 */
export type RequestFailure = 'refused' | 'unreachable' | 'timeout' | 'aborted' | 'broken-off' | 'malformed'

export class RequestError extends LedgerError {
  declare readonly code: RequestFailure

  constructor(code: RequestFailure, protocol: string, peer: string, detail: string, facts: object = {}) {
    super(code, `${protocol} from ${peer}: ${detail}`, { protocol, peer, ...facts })
  }
}
