import { type Amount, supplyMax } from './amount.ts'
import { decode } from './cbor/decode.ts'
import { encode } from './cbor/encode.ts'
import { blockCidOf, bytesOf, integerOf, mapOf } from './cbor/fields.ts'
import type { Value } from './cbor/value.ts'
import type { Cid } from './cid.ts'
import { MalformedError } from './errors.ts'

export interface Totals {
  /** Settled in the epoch. */
  readonly fees: Amount
  /** Paid out in the epoch. */
  readonly paid: Amount
  /** Standing at its end. */
  readonly waiting: Amount
  readonly accrued: Amount
  readonly treasury: Amount
}

/** How much the ledger was used: the KPI of its economy. */
export interface Usage {
  /** Paid ones. */
  readonly inferences: number
  readonly actions: number
  /** Distinct accounts. */
  readonly payers: number
  readonly payees: number
  readonly paid: number
}

/** What executing an epoch determines; each root 32 bytes. */
export interface EpochRoots {
  readonly batchesRoot: Uint8Array
  readonly flowRoot: Uint8Array
  readonly payoutRoot: Uint8Array
  readonly stateRoot: Uint8Array
}

/** The agreed header of an epoch. Sets, parameters and certificate are named by CID and travel beside it. */
export interface Checkpoint extends EpochRoots {
  readonly chain: Cid
  readonly epoch: number
  /** The checkpoint before; the genesis for epoch 1. */
  readonly prev: Cid
  /** Milliseconds since 1970, later than the checkpoint before (T10). */
  readonly time: number
  readonly totals: Totals
  readonly usage: Usage
  /** Votes on this epoch. */
  readonly validators: Cid
  /** Votes on the next. */
  readonly nextValidators: Cid
  readonly params: Cid
  /** Commit certificate of the epoch before; null in epoch 1. */
  readonly lastCertificate: Cid | null
}

const checkpointVersion = 1
const totalsFields = ['fees', 'paid', 'waiting', 'accrued', 'treasury'] as const
const usageFields = ['inferences', 'actions', 'payers', 'payees', 'paid'] as const
const rootFields = ['batchesRoot', 'flowRoot', 'payoutRoot', 'stateRoot'] as const
const fields = [
  'v',
  'chain',
  'epoch',
  'prev',
  'time',
  ...rootFields,
  'totals',
  'usage',
  'validators',
  'nextValidators',
  'params',
  'lastCertificate',
]

export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  return encode({ v: checkpointVersion, ...(checkpoint as unknown as Record<string, Value>) })
}

/** Throws EncodingError or MalformedError. That its roots are true is for execution and certificates to show. */
export function decodeCheckpoint(block: Uint8Array): Checkpoint {
  const map = mapOf(decode(block), 'checkpoint', fields)
  if (map.v !== checkpointVersion) throw new MalformedError('checkpoint.v', `${checkpointVersion}`, map.v)
  const epoch = integerOf(map.epoch, 'checkpoint.epoch', 1, Number.MAX_SAFE_INTEGER)
  const link = (name: string): Cid => blockCidOf(map[name], `checkpoint.${name}`)
  const root = (name: string): Uint8Array => bytesOf(map[name], `checkpoint.${name}`, 32)
  if ((map.lastCertificate === null) !== (epoch === 1)) {
    throw new MalformedError('checkpoint.lastCertificate', 'a link, null only in epoch 1', map.lastCertificate)
  }
  return {
    chain: link('chain'),
    epoch,
    prev: link('prev'),
    time: integerOf(map.time, 'checkpoint.time', 0, Number.MAX_SAFE_INTEGER),
    batchesRoot: root('batchesRoot'),
    flowRoot: root('flowRoot'),
    payoutRoot: root('payoutRoot'),
    stateRoot: root('stateRoot'),
    totals: countsOf(map.totals, 'checkpoint.totals', totalsFields, supplyMax) as unknown as Totals,
    usage: countsOf(map.usage, 'checkpoint.usage', usageFields, Number.MAX_SAFE_INTEGER) as unknown as Usage,
    validators: link('validators'),
    nextValidators: link('nextValidators'),
    params: link('params'),
    lastCertificate: map.lastCertificate === null ? null : link('lastCertificate'),
  }
}

function countsOf(
  value: Value | undefined,
  field: string,
  names: readonly string[],
  max: number,
): Record<string, number> {
  const map = mapOf(value, field, names)
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = integerOf(map[name], `${field}.${name}`, 0, max)
  return counts
}
