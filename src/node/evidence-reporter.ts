import type { Evidence } from '../../consensus/agreement/evidence.ts'
import { batchSigningBytes, draftBatch } from '../../consensus/batch.ts'
import { type ByteKey, toHex, toKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { offenceCellKey } from '../../consensus/ledger/cells/slash.ts'
import type { Log } from '../../network/log.ts'
import type { BatchFrame } from '../../network/protocols/batches.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { evidenceRecord } from '../records/evidence-record.ts'
import { evidenceLine } from '../records/text.ts'
import type { Ledger } from './ledger.ts'
import type { Mempool } from './mempool.ts'

export interface EvidenceReporterOptions {
  readonly ledger: Ledger
  readonly mempool: Mempool
  /** Who signs the record; absent: the offence is only logged, and left to nodes that have an account. */
  readonly account: SigningKey | undefined
  readonly submit: (frame: BatchFrame) => Promise<unknown>
  readonly now: () => number
  readonly crypto: Crypto
  readonly log: Log
}

/** Offences kept until they are judged: a validator commits few before it is banned. */
const offencesMax = 256

/** A batch of reports, and the cells of their offences. */
interface Report {
  readonly batch: Cid
  readonly cells: readonly ByteKey[]
}

/** T12: puts the offences that pass through this node on the ledger, until they are judged there. */
export class EvidenceReporter {
  readonly #options: EvidenceReporterOptions
  /** By the cell that marks the offence as punished. */
  readonly #open = new Map<ByteKey, Evidence>()
  #isReporting = false
  /** The last one. */
  #sent: Report | undefined

  constructor(options: EvidenceReporterOptions) {
    this.#options = options
    options.ledger.onEpoch(() => void this.#report())
  }

  take(evidence: Evidence): void {
    const { log, account } = this.#options
    const { epoch, round } = evidence.pair[0]
    const facts = { epoch, round, key: toHex(evidence.key) }
    // Without an account, an operator can still put it on the ledger by hand.
    if (account !== undefined)
      log.warn(facts, 'a validator signed two messages that contradict each other: reporting it')
    else
      log.warn(
        { ...facts, evidence: evidenceLine(evidence) },
        'a validator signed two messages that contradict each other: submit the evidence',
      )
    if (this.#open.size >= offencesMax) return
    this.#open.set(offenceCellKey(toKey(evidence.key), epoch), evidence)
    void this.#report()
  }

  /** Others report the same offence: the first report counts, the rest fail without harm. */
  async #report(): Promise<void> {
    const { ledger, mempool, account, submit, crypto, log } = this.#options
    this.#forgetJudged()
    if (account === undefined || this.#open.size === 0 || this.#isReporting) return
    const author = toKey(account.publicKey)
    // What was sent and isn't final is on its way; a batch that became void is written again.
    if (mempool.branch(author, ledger.account(author)).length > 0) return
    this.#isReporting = true
    try {
      const frame = this.#sign(account)
      this.#sent = { batch: Cid.of(crypto, frame.header), cells: [...this.#open.keys()] }
      await submit(frame)
    } catch (error) {
      log.warn(
        { epoch: ledger.head.epoch, error: (error as Error).message },
        'evidence could not be submitted: it is tried again with the next epoch',
      )
    } finally {
      this.#isReporting = false
    }
  }

  /** What was reported and isn't punished by then never will be: its validator has nothing at stake any more, for one. */
  #forgetJudged(): void {
    const { outcomes, state } = this.#options.ledger.store
    if (this.#sent !== undefined && outcomes.get(this.#sent.batch) !== undefined) {
      for (const cell of this.#sent.cells) this.#open.delete(cell)
      this.#sent = undefined
    }
    for (const cell of this.#open.keys()) if (state.get(cell) !== undefined) this.#open.delete(cell)
  }

  #sign(account: SigningKey): BatchFrame {
    const { ledger, now, crypto } = this.#options
    const { seq, head } = ledger.account(toKey(account.publicKey))
    const { header, body } = draftBatch(crypto, {
      chain: ledger.chain,
      author: account.publicKey,
      seq: seq + 1,
      prev: head,
      time: now(),
      records: [...this.#open.values()].map(evidenceRecord),
    })
    return { header, body, signature: account.sign(batchSigningBytes(header)) }
  }
}
