import { decode } from '../cbor/decode.ts'
import { encode } from '../cbor/encode.ts'
import { blockCidOf, bytesOf, integerOf, listOf, mapOf, tupleOf } from '../cbor/fields.ts'
import type { Value, ValueMap } from '../cbor/value.ts'
import type { Cid } from '../cid.ts'
import { MalformedError } from '../errors.ts'
import { type Certificate, certificateValue, parseCertificate } from './certificate.ts'
import { validPolka } from './gossip.ts'
import { parseMessageFields, parseType, roundMax, typeCode } from './message.ts'
import { parseValueKey, type ValueName } from './proposal.ts'
import {
  type AgreementState,
  type EpochOptions,
  newEpoch,
  type OwnMessage,
  type RoundValue,
  type Step,
} from './state.ts'
import { noVerdicts, parseFreshKey, type Verdict, withVerdict } from './verdicts.ts'
import { countCertificate } from './vote-keeper.ts'

/** T7: what a node must know again after a crash, so that it neither forgets a lock nor signs a second message. */
export interface Durable
  extends Pick<AgreementState, 'chain' | 'epoch' | 'round' | 'step' | 'locked' | 'valid' | 'own'> {
  /** Of the valid value. Nobody else may have it, and without it nobody prevotes the value again. */
  readonly polka: Certificate | undefined
  readonly verdicts: readonly DurableVerdict[]
}

/** `round`: that of a verdict on freshness; null for a lasting one. */
interface DurableVerdict extends ValueName {
  readonly round: number | null
  readonly valid: boolean
}

const version = 1
const steps: readonly Step[] = ['propose', 'prevote', 'precommit', 'decided']

/** To be written, synced, before any message of a `sign` effect is signed. Some hundred bytes per known value and signer. */
export function encodeDurable(state: AgreementState): Uint8Array {
  const { chain, epoch, round, locked, valid, own } = state
  return encode({
    v: version,
    chain,
    epoch,
    round,
    // A decision is the host's to keep, with its epoch; before it has, the votes decide again.
    step: state.step === 'decided' ? steps.indexOf('precommit') : steps.indexOf(state.step),
    locked: roundValueOf(locked),
    valid: roundValueOf(valid),
    polka: polkaValue(state),
    own: own.map(ownValue),
    verdicts: verdictValues(state),
  })
}

function roundValueOf(held: RoundValue | undefined): Value {
  return held === undefined ? null : [held.round, held.value.id, held.value.content]
}

function polkaValue(state: AgreementState): Value {
  const polka = validPolka(state)
  return polka === undefined ? null : certificateValue(polka)
}

function ownValue({ type, epoch, round, checkpoint, validRound, content }: OwnMessage): Value {
  return { type: typeCode(type), epoch, round, checkpoint, validRound, content }
}

function verdictValues({ verdicts }: AgreementState): Value[] {
  const values: Value[] = []
  const add = ({ id, content }: ValueName, round: number | null, verdict: Verdict) => {
    if (verdict !== 'asked') values.push([id, content, round, verdict === 'valid'])
  }
  for (const [key, verdict] of verdicts.lasting) add(parseValueKey(key), null, verdict)
  for (const [key, verdict] of verdicts.fresh) add(parseFreshKey(key), parseFreshKey(key).round, verdict)
  return values
}

/** Throws EncodingError or MalformedError. */
export function decodeDurable(bytes: Uint8Array): Durable {
  const field = 'durable'
  const map = mapOf(decode(bytes), field, [
    'v',
    'chain',
    'epoch',
    'round',
    'step',
    'locked',
    'valid',
    'polka',
    'own',
    'verdicts',
  ])
  integerOf(map.v, `${field}.v`, version, version)
  return {
    chain: blockCidOf(map.chain, `${field}.chain`),
    epoch: integerOf(map.epoch, `${field}.epoch`, 1, Number.MAX_SAFE_INTEGER),
    round: integerOf(map.round, `${field}.round`, -1, roundMax),
    step: steps[integerOf(map.step, `${field}.step`, 0, steps.length - 1)]!,
    locked: parseRoundValue(map.locked, `${field}.locked`),
    valid: parseRoundValue(map.valid, `${field}.valid`),
    polka: map.polka === null ? undefined : parseCertificate(map.polka, `${field}.polka`),
    own: listOf(map.own, `${field}.own`).map((item, i) => parseOwn(item, `${field}.own[${i}]`)),
    verdicts: listOf(map.verdicts, `${field}.verdicts`).map((item, i) => parseVerdict(item, `${field}.verdicts[${i}]`)),
  }
}

function parseRoundValue(value: Value | undefined, field: string): RoundValue | undefined {
  if (value === null) return undefined
  const [round, id, content] = tupleOf(value, field, 3)
  return { round: integerOf(round, `${field}[0]`, 0, roundMax), value: parseName(id, content, field) }
}

function parseName(id: Value | undefined, content: Value | undefined, field: string): ValueName {
  return { id: blockCidOf(id, `${field} id`), content: bytesOf(content, `${field} content`, 32) }
}

function parseOwn(value: Value, field: string): OwnMessage {
  const isProposal = (value as ValueMap | null)?.type === typeCode('proposal')
  const keys = ['type', 'epoch', 'round', 'checkpoint', 'validRound', ...(isProposal ? ['content'] : [])]
  const map = mapOf(value, field, keys)
  const message = parseMessageFields(map, parseType(map.type, `${field}.type`), field)
  return (isProposal ? { ...message, content: bytesOf(map.content, `${field}.content`, 32) } : message) as OwnMessage
}

function parseVerdict(value: Value, field: string): DurableVerdict {
  const [id, content, round, valid] = tupleOf(value, field, 4)
  if (typeof valid !== 'boolean') throw new MalformedError(`${field}[3]`, 'true or false', valid)
  const ofRound = round === null ? null : integerOf(round, `${field}[2]`, 0, roundMax)
  return { ...parseName(id, content, field), round: ofRound, valid }
}

/**
 * The state to go on with, once `start` is fed. Other votes and the proposals come again, from peers and the host's store.
 * Throws MalformedError if it is of another chain or epoch: then there is nothing to restore.
 */
export function restore(options: EpochOptions, durable: Durable): AgreementState {
  const { chain, epoch, round, step, locked, valid, own, polka } = durable
  requireSame(chain, options.chain)
  integerOf(epoch, 'durable.epoch', options.epoch, options.epoch)
  let verdicts = noVerdicts
  for (const { id, content, round: ofRound, valid: isValid } of durable.verdicts) {
    const question = { id, content, round: ofRound ?? 0, fresh: ofRound !== null }
    verdicts = withVerdict(verdicts, question, isValid ? 'valid' : 'invalid')
  }
  const fresh = newEpoch(options)
  const votes = polka === undefined ? fresh.votes : countCertificate(fresh.votes, polka).keeper
  return { ...fresh, votes, round, step, locked, valid, own, verdicts }
}

function requireSame(chain: Cid, expected: Cid): void {
  if (!chain.equals(expected)) throw new MalformedError('durable.chain', expected.toString(), chain.toString())
}
