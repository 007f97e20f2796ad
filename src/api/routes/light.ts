import Type from 'typebox'
import { encode } from '../../../consensus/cbor/encode.ts'
import { Cid } from '../../../consensus/cid.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import { requestBytesMax } from '../../../consensus/light/proof/limits.ts'
import { decodeProofRequest } from '../../../consensus/light/proof/request.ts'
import { headersEpochsMax, headersKnownMax, headersLimits } from '../../../network/limits.ts'
import { type HeadersRequest, headers } from '../../../network/protocols/headers.ts'
import { found } from '../found.ts'
import type { LightServing } from '../light-serving.ts'
import { bytes, route } from '../route.ts'
import { cid } from '../schema/words.ts'

const tag = 'light'
const cbor = 'application/cbor'
const firstEpoch = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
/** Epochs have up to 16 digits, CIDs 59 characters. */
const epochsCharsMax = headersEpochsMax * 17
const knownCharsMax = headersKnownMax * 60

export const lightRoutes = [
  route({
    method: 'GET',
    path: '/v1/genesis',
    tag,
    does: 'The bytes of the genesis block, whose CID names the chain.',
    answer: bytes(cbor),
    cost: 5,
    handle: async ({ light }) => found(light.genesis(), 'genesis'),
  }),
  route({
    method: 'GET',
    path: '/v1/light/blocks',
    tag,
    does:
      'Final epochs as light nodes follow them: either some `epochs` (numbers with commas between), or the one of a `checkpoint`, ' +
      'each without the blocks that are `known` (CIDs with commas between); or bare checkpoints `from` down to `to`. The answer is ' +
      'a DAG-CBOR list of byte strings, each what /openledger/headers/1 calls an item; epochs that are not final are left out.',
    fields: {
      epochs: Type.Optional(
        Type.String({
          title: `1 to ${headersEpochsMax} epochs with commas between`,
          pattern: '^[1-9][0-9]*(,[1-9][0-9]*)*$',
          maxLength: epochsCharsMax,
        }),
      ),
      checkpoint: Type.Optional(cid),
      known: Type.Optional(
        Type.String({ title: `at most ${headersKnownMax} CIDs with commas between`, maxLength: knownCharsMax }),
      ),
      from: Type.Optional(firstEpoch),
      to: Type.Optional(firstEpoch),
    },
    answer: bytes(cbor),
    cost: 2,
    handle: async ({ light }, input) => encode(await itemsOf(light, requestOf(input))),
  }),
  route({
    method: 'POST',
    path: '/v1/proof',
    tag,
    does: 'Proofs of what the checkpoint of an epoch commits to: request and answer of /openledger/proof/1.',
    body: { kind: 'bytes', mediaType: cbor, bytesMax: requestBytesMax },
    answer: bytes(cbor),
    crossOrigin: true,
    cost: 2,
    handle: ({ light }, _, { body, signal }) => light.proof(decodeProofRequest(body), signal),
  }),
] as const

interface BlocksInput {
  readonly epochs?: string
  readonly checkpoint?: string
  readonly known?: string
  readonly from?: number
  readonly to?: number
}

/** The same request that a peer would send, checked by the same rules. */
function requestOf({ epochs, checkpoint, known, from, to }: BlocksInput): HeadersRequest {
  const ways = [epochs, checkpoint, from].filter(way => way !== undefined)
  if (ways.length !== 1 || (from === undefined) !== (to === undefined)) {
    throw new MalformedError('query', 'either epochs, or checkpoint, or from and to', ways)
  }
  const request = {
    ...(epochs !== undefined && { epochs: epochs.split(',').map(Number) }),
    ...(checkpoint !== undefined && { checkpoint: Cid.fromText(checkpoint, 'checkpoint') }),
    ...(from !== undefined ? { from, to } : { known: (known ?? '').split(',').flatMap(knownCid) }),
  } as HeadersRequest
  return headers.request.decode(headers.request.encode(request))
}

function knownCid(text: string): Cid[] {
  return text === '' ? [] : [Cid.fromText(text, 'known')]
}

/** As many as one answer to a peer holds. */
async function itemsOf(light: LightServing, request: HeadersRequest): Promise<Uint8Array[]> {
  const { responseItemsMax, responseBytesMax } = headersLimits
  const items: Uint8Array[] = []
  let bytesLeft = responseBytesMax
  for await (const frame of light.headers(request)) {
    const item = headers.item.encode(frame)
    bytesLeft -= item.length
    if (bytesLeft < 0 || items.length === responseItemsMax) break
    items.push(item)
  }
  return items
}
