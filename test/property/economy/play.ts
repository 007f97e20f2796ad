/** Plays an economy through the real ledger and writes down what it finalized. */
import type { AccountKey } from '../../../consensus/account.ts'
import { parseSignedMessage } from '../../../consensus/agreement/evidence.ts'
import { messageBytes } from '../../../consensus/agreement/message.ts'
import { toKey, writeU64 } from '../../../consensus/bytes.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import type { AuthorPart } from '../../../consensus/ledger/execute.ts'
import { outcomeName } from '../../../consensus/ledger/outcome.ts'
import type { Evidence } from '../../../consensus/records/evidence.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { possessionBytes, type Validator } from '../../../consensus/records/validator.ts'
import { type Voucher, voucherBytes } from '../../../consensus/records/voucher.ts'
import { type Ref, refText, resolveRef } from '../../../consensus/ref.ts'
import { recordText } from '../../../src/records/text.ts'
import { fill } from '../../../src/scenario/draft.ts'
import { BatchAuthor } from '../../fixtures/batch-author.ts'
import { EpochLedger } from '../../fixtures/epoch-ledger.ts'
import { quickCrypto } from '../../fixtures/quick-crypto.ts'
import type { RecordLine } from '../../oracle/records.ts'
import { type Act, actorKeys, type Economy, voteKeys } from './economy.ts'

export interface PlayedAct {
  readonly act: Act
  readonly ref: string
  /** As an export prints it. */
  readonly line: RecordLine
  readonly outcome: string
}

export interface Played {
  readonly ledger: EpochLedger
  /** In the order of epochs, authors and their records. */
  readonly acts: readonly PlayedAct[]
}

/** Sees the parts of each epoch before it becomes final. */
export type EpochWatch = (ledger: EpochLedger, parts: readonly AuthorPart[]) => void

export function playEconomy(economy: Economy, watch?: EpochWatch): Played {
  const play = new Play(economy)
  for (let epoch = 1; epoch <= economy.epochs; epoch++) play.epoch(epoch, watch)
  return { ledger: play.ledger, acts: play.acts }
}

interface Written {
  readonly act: Act
  readonly record: LedgerRecord
}

class Play {
  readonly ledger: EpochLedger
  readonly acts: PlayedAct[] = []
  readonly #economy: Economy
  readonly #authors: readonly BatchAuthor[]
  readonly #refs = new Map<number, Ref>()

  constructor(economy: Economy) {
    this.#economy = economy
    this.ledger = new EpochLedger(quickCrypto, genesisOf(economy))
    this.#authors = economy.funds.map((_, actor) => new BatchAuthor(quickCrypto, this.ledger.chain, actorKeys[actor]!))
  }

  epoch(epoch: number, watch: EpochWatch | undefined): void {
    const written = new Map<string, readonly Written[]>()
    const byAuthor = Map.groupBy(
      this.#economy.acts.filter(act => act.epoch === epoch),
      act => act.author,
    )
    const parts = [...byAuthor].map(([actor, acts]) => {
      const author = this.#authors[actor]!
      for (const batch of batches(acts)) this.#write(author, batch, written)
      return author.takePart()!
    })
    watch?.(this.ledger, parts)
    for (const { batch, codes } of this.ledger.finalize(parts, this.#signers(epoch)).outcomes) {
      for (const [index, { act, record }] of written.get(batch.key)!.entries()) {
        const ref = refText([batch, index])
        const author = this.#authors[act.author]!.text
        const line = { epoch, ref, author, kind: record.kind, ...recordText(record, batch) } as unknown as RecordLine
        this.acts.push({ act, ref, line, outcome: outcomeName(codes[index]!) ?? `code ${codes[index]}` })
      }
    }
  }

  #signers(epoch: number): AccountKey[] {
    return (this.#economy.signers[epoch - 1] ?? []).map(actor => toKey(actorKeys[actor]!.publicKey))
  }

  #write(author: BatchAuthor, acts: readonly Act[], written: Map<string, readonly Written[]>): void {
    const records: Written[] = []
    for (const [index, act] of acts.entries()) {
      records.push({ act, record: this.#record(act) })
      this.#refs.set(act.number, [null, index])
    }
    const { cid } = author.write(records.map(({ record }) => record))
    for (const [index, { number }] of acts.entries()) this.#refs.set(number, [cid, index])
    written.set(cid.key, records)
  }

  #record({ draft, author, signer }: Act): LedgerRecord {
    const filling = { refOf: (number: number) => this.#refs.get(number) ?? nowhere(number), epoch: this.ledger.epoch }
    const record = fill(draft, filling) as unknown as LedgerRecord
    if (record.kind === 'voucher') return this.#signed(record, signer!)
    if (record.kind === 'validator') return this.#proven(record, author, signer!)
    return record.kind === 'evidence' ? this.#accusing(record, signer!) : record
  }

  #proven(record: Omit<Validator, 'possession'>, author: number, signer: number): Validator {
    const bytes = possessionBytes(this.ledger.chain, this.#authors[author]!.account)
    return { ...record, possession: voteKeys[signer]!.sign(bytes) }
  }

  #accusing(record: Evidence, signer: number): Evidence {
    const sign = (message: ValueMap): ValueMap => {
      const bare = parseSignedMessage({ ...message, signature: new Uint8Array(64) })
      return { ...message, signature: voteKeys[signer]!.sign(messageBytes(this.ledger.chain, bare)) }
    }
    return { ...record, first: sign(record.first), second: sign(record.second) }
  }

  #signed(voucher: Omit<Voucher, 'signature'>, signer: number): Voucher {
    const { session, total } = voucher
    // A session of the own batch isn't open yet: whatever is signed, its voucher fails.
    const ref = resolveRef(session, session[0] ?? this.ledger.chain)
    return { ...voucher, signature: actorKeys[signer]!.sign(voucherBytes(this.ledger.chain, ref, total)) }
  }
}

/** A ref that no record has; different acts have different ones. */
function nowhere(number: number): Ref {
  const digest = new Uint8Array(32)
  writeU64(digest, 24, number)
  return [Cid.fromDigest(digest), 0]
}

function batches(acts: readonly Act[]): Act[][] {
  const all: Act[][] = []
  for (const act of acts) {
    if (act.startsBatch || all.length === 0) all.push([])
    all.at(-1)!.push(act)
  }
  return all
}

function genesisOf({ params, funds, validators }: Economy) {
  return newGenesis({
    name: 'economy',
    time: 0,
    params,
    accounts: funds.map((amount, actor) => [toKey(actorKeys[actor]!.publicKey), amount]),
    validators: validators.map(({ actor, stake, commission }) => ({
      account: toKey(actorKeys[actor]!.publicKey),
      key: voteKeys[actor]!.publicKey,
      stake,
      commission,
      name: `${actor}`,
    })),
  })
}
