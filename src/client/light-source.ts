import { decode } from '../../consensus/cbor/decode.ts'
import { listOf } from '../../consensus/cbor/fields.ts'
import { MalformedError } from '../../consensus/errors.ts'
import type { ProofSource } from '../../consensus/light/proof/reader.ts'
import { encodeProofRequest, type ProofRequest } from '../../consensus/light/proof/request.ts'
import { headersEpochsMax } from '../../network/limits.ts'
import { type HeaderFrame, type HeadersRequest, headers } from '../../network/protocols/headers.ts'
import type { ApiClient } from './api-client.ts'

/** What a light verifier needs of a node, over HTTP. Nothing that comes is checked here: that is what the verifier is for. */
export class LightSource implements ProofSource {
  readonly #api: ApiClient

  constructor(api: ApiClient) {
    this.#api = api
  }

  /** The genesis block; its CID must be the chain that is trusted. */
  genesis(signal?: AbortSignal): Promise<Uint8Array> {
    return this.#api.bytes('/v1/genesis', {}, options(signal))
  }

  /** Final epochs, as a peer would give them. Throws MalformedError or EncodingError. */
  async headers(request: HeadersRequest, signal?: AbortSignal): Promise<HeaderFrame[]> {
    const answer = await this.#api.bytes('/v1/light/blocks', queryOf(request), options(signal))
    return listOf(decode(answer), 'headers', headersEpochsMax).map(item => {
      if (item instanceof Uint8Array) return headers.item.decode(item)
      throw new MalformedError('headers', 'byte strings', item)
    })
  }

  ask(request: ProofRequest, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#api.exchange('/v1/proof', encodeProofRequest(request), options(signal))
  }
}

function queryOf(request: HeadersRequest) {
  if ('from' in request) return request
  const known = request.known.length === 0 ? {} : { known: request.known.join(',') }
  if ('checkpoint' in request) return { checkpoint: request.checkpoint.toString(), ...known }
  return { epochs: request.epochs.join(','), ...known }
}

function options(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
