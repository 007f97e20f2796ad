import { type AccountKey, accountKeyText, accountText } from '../../consensus/account.ts'
import type { Batch, BatchBytes } from '../../consensus/batch.ts'
import type { ByteKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { emptyAccount } from '../../consensus/ledger/cells/account.ts'
import { refText } from '../../consensus/ref.ts'
import type {
  AccountStatus,
  AuthorStatus,
  EpochRange,
  EpochStatus,
  EpochWait,
  Explanation,
  ExportKind,
  ExportLine,
  NodeStatus,
  NodeView,
  Payouts,
  RecordStatus,
  Subject,
  SubmitStatus,
  Supply,
} from '../../src/api/node-view.ts'
import { subjectText } from '../../src/api/subject.ts'
import { recordText } from '../../src/records/text.ts'
import type { MemoryLedger } from './memory-ledger.ts'

/** One node of a network in memory. It can be down, forget what it held, or refuse. */
export class MemoryNode implements NodeView {
  readonly ledger: MemoryLedger
  readonly held = new Map<ByteKey, { batch: Batch; bytes: number }>()
  readonly halts: number[] = []
  submits = 0
  isDown = false
  /** Thrown by the next submissions, one each. */
  readonly refusals: LedgerError[] = []
  /** Called before an epoch is looked up. */
  onEpoch: (epoch: number) => void = () => {}

  constructor(ledger: MemoryLedger) {
    this.ledger = ledger
  }

  async submit(bytes: BatchBytes): Promise<SubmitStatus> {
    this.#answer()
    const refusal = this.refusals.shift()
    if (refusal !== undefined) throw refusal
    this.submits++
    const batch = this.ledger.open(bytes)
    const isKnown = this.held.has(batch.cid.key) || this.ledger.batches.has(batch.cid.key)
    if (!isKnown) this.held.set(batch.cid.key, { batch, bytes: bytes.header.length + 64 + bytes.body.length })
    return { outcome: isKnown ? 'known' : 'accepted', cid: batch.cid.toString() }
  }

  async epoch(epoch: number, wait?: EpochWait): Promise<EpochStatus | undefined> {
    this.onEpoch(epoch)
    this.#answer()
    if (this.ledger.epochs.length < epoch && wait !== undefined && this.ledger.finalize(this.held.values()))
      this.held.clear()
    return this.ledger.epochs[epoch - 1]
  }

  async status(): Promise<NodeStatus> {
    this.#answer()
    const { epochs, chain } = this.ledger
    return {
      version: '0.0.0',
      chain: chain.toString(),
      role: 'full',
      validator: null,
      peerId: 'memory',
      addrs: [],
      peers: 0,
      epoch: epochs.length,
      checkpoint: epochs.at(-1)?.cid ?? null,
      time: epochs.at(-1)?.time ?? null,
      round: null,
      syncing: false,
      target: null,
      secondsLeft: null,
      stalled: false,
      validators: 1,
      votingWaits: null,
      clockDifferenceMs: null,
      halted: null,
      pending: { batches: this.held.size, bytes: 0 },
    }
  }

  async payouts(): Promise<Payouts> {
    const accounts = this.ledger.accounts().map(account => {
      const { balance, credit } = this.ledger.account(account)!
      return { account: accountKeyText(account), balance, credit, accrued: 0, payout: null }
    })
    return { epoch: this.ledger.epochs.length, payoutsFrom: 1, accounts }
  }

  async account(account: AccountKey): Promise<AccountStatus | undefined> {
    const cell = this.ledger.account(account)
    if (cell === undefined) return undefined
    const { balance, credit, seq } = cell
    return { account: accountKeyText(account), epoch: this.ledger.epochs.length, balance, credit, accrued: 0, seq }
  }

  async author(account: AccountKey): Promise<AuthorStatus> {
    const { seq, head } = this.ledger.account(account) ?? emptyAccount
    const text = accountKeyText(account)
    const pending = [...this.held.values()].filter(({ batch }) => accountText(batch.author) === text)
    const branch = pending.map(({ batch }) => ({ seq: batch.seq, cid: batch.cid.toString() }))
    return { account: text, seq, head: head?.toString() ?? null, pending: branch.sort((a, b) => a.seq - b.seq) }
  }

  async record(cid: Cid, index: number): Promise<RecordStatus | undefined> {
    const batch = this.ledger.batches.get(cid.key)?.batch
    const record = batch?.records[index]
    if (batch === undefined || record === undefined) return undefined
    const fields = recordText(record, cid)
    const author = accountText(batch.author)
    return { ref: refText([cid, index]), author, kind: record.kind, fields, time: batch.time, final: null }
  }

  async supply(): Promise<Supply> {
    return { epoch: this.ledger.epochs.length, genesis: 0, now: 0, waiting: 0, accrued: 0, treasury: 0 }
  }

  async explain(subject: Subject, { from = 1, to = 1 }: EpochRange = {}): Promise<Explanation | undefined> {
    if (subject.type === 'record') return undefined
    const root = { text: 'earned', amount: 0, id: null, epoch: null, children: [], omitted: 0 }
    return { subject: subjectText(subject), kind: 'account', from, to, oldest: 1, root }
  }

  async *export(what: ExportKind): AsyncGenerator<ExportLine> {
    if (what !== 'records') throw new LedgerError('not-ready', 'no such export here')
    for (const { batch } of this.ledger.batches.values()) {
      for (const [index, record] of batch.records.entries()) {
        yield { ref: refText([batch.cid, index]), kind: record.kind, ...recordText(record, batch.cid) }
      }
    }
  }

  async *car(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(1, 2, 3)
  }

  async *backup(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(4, 5)
    yield Uint8Array.of(6)
  }

  async halt(epoch: number): Promise<void> {
    this.halts.push(epoch)
  }

  #answer(): void {
    if (this.isDown) throw new LedgerError('unreachable', 'the node is down')
  }
}
