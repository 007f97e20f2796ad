import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { decodeValidatorSet, encodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import {
  blockCidOf,
  bytesOf,
  integerOf,
  listOf,
  mapOf,
  naturalOf,
  oneOf,
  tupleOf,
} from '../../consensus/cbor/fields.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import type { NamedCheckpoint } from '../../consensus/light/following/earlier.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { checkParams } from '../../consensus/params.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { writeFileAtomic } from '../store/atomic-file.ts'
import { makeFolder } from '../store/folder.ts'
import { fileBytesMax, pivotsMax } from './limits.ts'
import type { TrustRoot } from './trust-root.ts'

/** All that a light node keeps. */
export interface LightState {
  readonly root: TrustRoot
  /** The latest verified checkpoint. */
  readonly head: TrustedCheckpoint
  /** Verified ones by name, ascending, the root and the head among them. */
  readonly pivots: readonly NamedCheckpoint[]
}

const version = 1
const fileMode = 0o600
export const folderMode = 0o700
const sources = ['named', 'accepted'] as const

export function lightFilePath(dir: string): string {
  return join(dir, 'light.cbor')
}

/** What an earlier run left; undefined where there was none. Throws LedgerError `light-file` for anything else than what it wrote. */
export async function readLightFile(dir: string): Promise<LightState | undefined> {
  const path = lightFilePath(dir)
  const bytes = await readBounded(path)
  if (bytes === undefined) return undefined
  try {
    return decodeState(unseal(bytes))
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    throw new LedgerError(
      'light-file',
      `${path} is damaged, or of another version: ${error.message}`,
      { path },
      'delete it and name what to trust with --trust',
    )
  }
}

/** After a crash at any moment the file is the former or the new one. */
export async function writeLightFile(dir: string, state: LightState): Promise<void> {
  await makeFolder(dirname(lightFilePath(dir)), folderMode)
  await writeFileAtomic(lightFilePath(dir), seal(encodeState(state)), { mode: fileMode, existing: 'replace' })
}

/** With one more, and so many at most: of those between the first and the last, every second one is forgotten. */
export function addPivot(pivots: readonly NamedCheckpoint[], { epoch, cid }: NamedCheckpoint): NamedCheckpoint[] {
  const others = pivots.filter(pivot => pivot.epoch !== epoch)
  const all = [...others, { epoch, cid }].sort((a, b) => a.epoch - b.epoch)
  return all.length <= pivotsMax ? all : all.filter((_, i) => i % 2 === 0 || i === all.length - 1)
}

function encodeState({ root, head, pivots }: LightState): Uint8Array {
  const { chain, checkpoint, validators, nextValidators, params } = head
  return encode({
    v: version,
    chain,
    root: [root.epoch, root.cid, root.time, root.source],
    head: [head.epoch, head.cid, head.time, checkpoint === null ? null : encodeCheckpoint(checkpoint)],
    sets: [encodeValidatorSet(validators), encodeValidatorSet(nextValidators)],
    params: params as unknown as Value,
    pivots: pivots.map(({ epoch, cid }) => [epoch, cid]),
  })
}

function decodeState(bytes: Uint8Array): LightState {
  const map = mapOf(decode(bytes), 'light', ['v', 'chain', 'root', 'head', 'sets', 'params', 'pivots'])
  if (map.v !== version) throw new MalformedError('light.v', `${version}`, map.v)
  const chain = blockCidOf(map.chain, 'light.chain')
  const [rootEpoch, rootCid, rootTime, source] = tupleOf(map.root, 'light.root', 4)
  const [validators, nextValidators] = tupleOf(map.sets, 'light.sets', 2)
  return {
    root: {
      chain,
      ...namedOf(rootEpoch, rootCid),
      time: naturalOf(rootTime, 'light.root'),
      source: oneOf(source, 'light.root', sources),
    },
    head: {
      ...headOf(map.head, chain),
      validators: decodeValidatorSet(bytesOf(validators, 'light.sets')),
      nextValidators: decodeValidatorSet(bytesOf(nextValidators, 'light.sets')),
      params: checkParams(map.params),
    },
    pivots: listOf(map.pivots, 'light.pivots', pivotsMax).map(pivot => {
      const [epoch, cid] = tupleOf(pivot, 'light.pivots', 2)
      return namedOf(epoch, cid)
    }),
  }
}

function headOf(
  value: Value | undefined,
  chain: Cid,
): Pick<TrustedCheckpoint, 'chain' | 'epoch' | 'cid' | 'time' | 'checkpoint'> {
  const [epoch, cid, time, block] = tupleOf(value, 'light.head', 4)
  const checkpoint = block === null ? null : decodeCheckpoint(bytesOf(block, 'light.head'))
  return { chain, ...namedOf(epoch, cid), time: naturalOf(time, 'light.head'), checkpoint }
}

function namedOf(epoch: Value | undefined, cid: Value | undefined): NamedCheckpoint {
  return { epoch: integerOf(epoch, 'light.epoch', 0, Number.MAX_SAFE_INTEGER), cid: blockCidOf(cid, 'light.cid') }
}

const digestLength = 32

function seal(body: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(body.length + digestLength)
  sealed.set(body)
  sealed.set(nativeCrypto.sha256(body), body.length)
  return sealed
}

function unseal(sealed: Uint8Array): Uint8Array {
  const body = sealed.subarray(0, Math.max(0, sealed.length - digestLength))
  if (equalBytes(nativeCrypto.sha256(body), sealed.subarray(body.length))) return body
  throw new MalformedError('light', 'bytes with their checksum', sealed)
}

async function readBounded(path: string): Promise<Uint8Array | undefined> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { size } = await file.stat()
    // Nothing that this program wrote.
    return size > fileBytesMax ? new Uint8Array() : new Uint8Array(await file.readFile())
  } finally {
    await file.close()
  }
}
