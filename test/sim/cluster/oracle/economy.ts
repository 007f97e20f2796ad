import { createHash } from 'node:crypto'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { decode } from '../../../../consensus/cbor/decode.ts'
import { encode } from '../../../../consensus/cbor/encode.ts'
import type { ValueMap } from '../../../../consensus/cbor/value.ts'
import type { Cid } from '../../../../consensus/cid.ts'
import { formatOpen } from '../../../oracle/amount.ts'
import { LedgerOracle } from '../../../oracle/ledger-oracle.ts'
import type { RecordLine, SignedMessage } from '../../../oracle/records.ts'
import type { OracleParams, Seat } from '../../../oracle/state.ts'
import type { Office } from './office.ts'

/** What a run begins with. Accounts and keys in hex, amounts in µOPEN. */
export interface EconomyOpening {
  readonly accounts: ReadonlyMap<string, number>
  readonly validators: readonly { readonly account: string; readonly key: string; readonly stake: number }[]
  readonly params: ValueMap
  /** What was voted for before the run, and the epoch at whose end it takes effect. */
  readonly passed: { readonly changes: ValueMap; readonly effect: number } | undefined
}

/** A final batch with its records, as bytes. */
export interface FinalRecords {
  /** CID, in hex. */
  readonly batch: string
  /** Account, in hex. */
  readonly author: string
  readonly body: Uint8Array
}

/** Of the pause between a vote and its effect (DESIGN, section 11). */
const effectEpochs = 8_640
const passedRef = `${CID.decode(Buffer.from(`01711220${'00'.repeat(32)}`, 'hex'))}/0`

/** The money and the offices that the final records come to, in the words of the ledger's oracle. */
export class Economy {
  readonly #ledger: LedgerOracle
  readonly #params: ValueMap

  constructor({ accounts, validators, params, passed }: EconomyOpening) {
    this.#params = params
    this.#ledger = new LedgerOracle({
      accounts: Object.fromEntries(
        [...accounts].map(([account, amount]) => [didOf(account), formatOpen(BigInt(amount))]),
      ),
      validators: validators.map(({ account, key, stake }) => ({
        account: didOf(account),
        key,
        stake: formatOpen(BigInt(stake)),
        commission: 0,
      })),
      params: params as unknown as OracleParams,
    })
    if (passed === undefined) return
    const { state } = this.#ledger
    const author = didOf(validators[0]!.account)
    const ends = passed.effect - effectEpochs
    const voted = { ballots: new Map(), voters: state.sets.current, passed: true, spend: undefined }
    state.proposals.set(passedRef, { ref: passedRef, author, changes: passed.changes, ends, ...voted })
    state.validators.get(author)!.proposal = passedRef
  }

  /** Who votes on an epoch; known two epochs ahead. */
  officeOf(epoch: number): Office | undefined {
    return this.#ledger.sets.get(epoch)?.map(({ key, stake }) => ({ key, stake: Number(stake) }))
  }

  /** Vote keys of those who were punished. */
  banned(): string[] {
    return [...this.#ledger.state.voteKeys].flatMap(([key, { banned }]) => (banned ? [key] : []))
  }

  /**
   * The next epoch, by its final records. `signers`: places in the office of the epoch before that its checkpoint's certificate
   * names. What the checkpoint says otherwise; undefined where it agrees.
   */
  pass(
    epoch: number,
    records: readonly FinalRecords[],
    signers: readonly number[],
    checkpoint: ValueMap,
  ): string | undefined {
    const ledger = this.#ledger
    const signing = signers.map(index => ledger.sets.get(epoch - 1)![index]!.account)
    const paramsThen = this.#paramsBlock()
    ledger.pass(
      records.flatMap(batch => linesOf(epoch, batch)),
      signing,
    )
    const expected = {
      validators: setBlock(ledger.sets.get(epoch)!),
      nextValidators: setBlock(ledger.sets.get(epoch + 1)!),
      params: paramsThen,
    }
    const { treasury } = checkpoint.totals as ValueMap
    if (BigInt(treasury as number) !== ledger.state.treasury)
      return `treasury ${treasury}, not ${ledger.state.treasury}`
    return Object.entries(expected).find(([name, block]) => {
      const named = checkpoint[name] as Cid
      return createHash('sha256').update(block).digest('hex') !== Buffer.from(named.digest).toString('hex')
    })?.[0]
  }

  #paramsBlock(): Uint8Array {
    const now = this.#ledger.state.params as unknown as ValueMap
    return encode(Object.fromEntries(Object.entries(this.#params).map(([name, first]) => [name, now[name] ?? first])))
  }
}

function setBlock(seats: readonly Seat[]): Uint8Array {
  return encode(seats.map(({ account, key, stake }) => [accountBytes(account), Buffer.from(key, 'hex'), Number(stake)]))
}

/** Prefix of an Ed25519 key in a did:key. */
const ed25519Pub = Buffer.of(0xed, 0x01)
const dids = new Map<string, string>()

function didOf(account: string): string {
  const known = dids.get(account)
  if (known !== undefined) return known
  const did = `did:key:${base58btc.encode(Buffer.concat([ed25519Pub, Buffer.from(account, 'hex')]))}`
  dids.set(account, did)
  return did
}

const accountBytes = (did: string): Uint8Array => base58btc.decode(did.slice('did:key:'.length)).subarray(2)

const hexOf = (value: unknown): string => Buffer.from(value as Uint8Array).toString('hex')
const openOf = (value: unknown): string => formatOpen(BigInt(value as number))

function linesOf(epoch: number, { batch, author, body }: FinalRecords): RecordLine[] {
  const cid = CID.decode(Buffer.from(batch, 'hex'))
  return (decode(body) as ValueMap[]).map((record, index) => {
    const line = { epoch, ref: `${cid}/${index}`, author: didOf(author), kind: record.kind, ...fieldsOf(record) }
    return line as unknown as RecordLine
  })
}

/** What the oracle reads of the kinds that a run writes. */
function fieldsOf(record: ValueMap): object {
  switch (record.kind) {
    case 'transfer':
      return { to: didOf(hexOf(record.to)), amount: openOf(record.amount) }
    case 'validator':
      return { key: hexOf(record.key), commission: record.commission }
    case 'stake':
    case 'unstake':
      return { validator: didOf(hexOf(record.validator)), amount: openOf(record.amount) }
    case 'evidence':
      return {
        key: hexOf(record.key),
        first: messageOf(record.first as ValueMap),
        second: messageOf(record.second as ValueMap),
      }
    default:
      throw new Error(`no run writes a ${record.kind}`)
  }
}

const messageTypes = ['proposal', 'prevote', 'precommit'] as const

function messageOf({ type, epoch, round, checkpoint, validRound, content }: ValueMap): SignedMessage {
  return {
    type: messageTypes[type as number]!,
    epoch: epoch as number,
    round: round as number,
    checkpoint: checkpoint === null ? null : hexOf((checkpoint as Cid).bytes),
    validRound: validRound as number,
    ...(content === undefined ? {} : { content: hexOf(content) }),
  }
}
