import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import { InvariantError } from '../../consensus/errors.ts'
import { genesisChunkBytesMax } from '../../network/limits.ts'
import type { GenesisRequest } from '../../network/protocols/genesis.ts'
import type { HeaderFrame, HeadersRequest } from '../../network/protocols/headers.ts'
import type { LightServing } from '../api/light-serving.ts'
import { breathe } from '../proofs/breathe.ts'
import type { Prover } from '../proofs/prover.ts'
import type { EpochRecord } from '../store/epochs.ts'
import type { Store } from '../store/store.ts'
import type { Ledger } from './ledger.ts'

const none = new Uint8Array()
/**
 * Records are read whole, cuts and all: after so many bytes everything else has its turn. Small ones are read in one go, whatever the
 * clock says.
 */
const readAtOnceBytes = 1024 * 1024

/** The same for who asks over HTTP. */
export function lightServing(store: Store, prover: Prover): LightServing {
  return {
    genesis: () => store.genesis(),
    headers: request => serveHeaders(store, request),
    proof: (request, signal) => prover.ask(request, signal),
  }
}

/** What a light node follows the ledger by. */
export async function* serveHeaders(store: Store, request: HeadersRequest): AsyncGenerator<HeaderFrame> {
  const isBare = 'from' in request
  const told = new Set(isBare ? [] : request.known.map(({ key }) => key))
  let bytes = 0
  for (const epoch of epochsOf(store, request)) {
    const record = store.epochs.get(epoch)
    if (record === undefined && isBare) return
    if (record === undefined) continue
    yield isBare ? { checkpoint: record.checkpoint, certificate: none, blocks: [] } : frameOf(store, record, told)
    bytes += record.checkpoint.length + record.certificate.length + record.cut.length
    if (bytes < readAtOnceBytes) continue
    await breathe()
    bytes = 0
  }
}

function* epochsOf(store: Store, request: HeadersRequest): Generator<number> {
  if ('epochs' in request) yield* request.epochs
  else if ('from' in request) for (let epoch = request.from; epoch >= request.to; epoch--) yield epoch
  else {
    const epoch = store.epochs.named(request.checkpoint)
    if (epoch !== undefined) yield epoch
  }
}

/** `told`: keys of the blocks that the asker has. */
function frameOf(store: Store, { checkpoint, certificate }: EpochRecord, told: Set<string>): HeaderFrame {
  const { validators, nextValidators, params } = decodeCheckpoint(checkpoint)
  const blocks = [validators, nextValidators, params].flatMap(cid => {
    if (told.has(cid.key)) return []
    told.add(cid.key)
    return [blockOf(store, cid)]
  })
  return { checkpoint, certificate, blocks }
}

function blockOf(store: Store, cid: Cid): Uint8Array {
  const block = store.blocks.get(cid)
  if (block === undefined) throw new InvariantError('T4', 'a store without a block that its checkpoint names', { cid })
  return block
}

/** The genesis, in pieces. */
export function* serveGenesis({ store, chain }: Ledger, request: GenesisRequest): Generator<Uint8Array> {
  const block = store.genesis()
  if (block === undefined || !request.chain.equals(chain)) return
  for (let at = request.offset; at < block.length; at += genesisChunkBytesMax) {
    yield block.subarray(at, at + genesisChunkBytesMax)
  }
}
