import type { ProofRequest } from '../../consensus/light/proof/request.ts'
import type { HeaderFrame, HeadersRequest } from '../../network/protocols/headers.ts'

/** What light nodes are given, over HTTP as over libp2p: nothing in it is to be believed, all of it is checked by who asked. */
export interface LightServing {
  /** The genesis block. */
  genesis(): Uint8Array | undefined
  headers(request: HeadersRequest): AsyncIterable<HeaderFrame>
  proof(request: ProofRequest, signal?: AbortSignal): Promise<Uint8Array>
}
