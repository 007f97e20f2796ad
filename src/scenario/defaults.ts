import { domainSeparated } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { RecordKind } from '../records/form.ts'
import { type DraftMap, EpochsAhead } from './draft.ts'
import type { Place } from './scenario-error.ts'

const sessionEpochs = 100_000

const fixed: { readonly [K in RecordKind]?: DraftMap } = {
  datanet: { admission: 'open', reviewers: [], ownerShare: 0, originShare: 300_000, refinerShare: 300_000 },
  model: { baseShare: 0, minBaseShare: 0 },
  agent: { baseShare: 0 },
  session: { expires: new EpochsAhead(sessionEpochs) },
  action: { calls: [] },
}

const hashes: { readonly [K in RecordKind]?: readonly string[] } = {
  inference: ['request', 'response'],
  action: ['result'],
}

/** What a line of that kind may leave out. */
export function defaultsOf(kind: RecordKind, actor: string, place: Place): DraftMap {
  if (kind === 'validator') return { commission: 0, name: actor }
  const names = hashes[kind]
  if (names === undefined) return fixed[kind] ?? {}
  const made = names.map(name => [name, madeHash(name, actor, place.line)])
  return { ...fixed[kind], ...Object.fromEntries(made) }
}

/** Stands for the hash of something that a scenario doesn't have: 32 bytes, the same in every run. */
function madeHash(field: string, actor: string, line: number): Uint8Array {
  return nativeCrypto.sha256(domainSeparated('openledger/scenario-hash/1', encode([field, actor, line])))
}
