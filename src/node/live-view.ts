import type { AccountKey } from '../../consensus/account.ts'
import type { BatchBytes } from '../../consensus/batch.ts'
import type { AuthorStatus, EpochStatus, EpochWait, NodeStatus, NodeView, SubmitStatus } from '../api/node-view.ts'
import { idleEpochMs } from './epoch-pause.ts'
import type { LiveHead } from './live-head.ts'
import type { Node } from './node.ts'
import { outOfOffice } from './office.ts'
import type { PeerClocks } from './peer-clocks.ts'

/** What a ledger at rest can answer as well. */
export type AtRest = Omit<NodeView, 'status' | 'submit' | 'halt'>

export interface LiveParts {
  readonly node: Node
  readonly head: LiveHead
  readonly ledger: AtRest
  readonly clocks: Pick<PeerClocks, 'differenceMs'>
  /** Of the program. */
  readonly version: string
}

/** Beyond the time that an epoch is given: some rounds that fail. */
const stillEpochsMax = 3
const roundsMs = 30_000

/** The running node's own view: the ledger as its store has it, with what only a running node knows. */
export class LiveView implements NodeView {
  readonly payouts: NodeView['payouts']
  readonly account: NodeView['account']
  readonly record: NodeView['record']
  readonly supply: NodeView['supply']
  readonly explain: NodeView['explain']
  readonly export: NodeView['export']
  readonly car: NodeView['car']
  readonly backup: NodeView['backup']
  readonly #node: Node
  readonly #ledger: AtRest
  readonly #version: string
  readonly #head: LiveHead
  readonly #clocks: Pick<PeerClocks, 'differenceMs'>

  constructor({ node, head, ledger, clocks, version }: LiveParts) {
    this.#node = node
    this.#head = head
    this.#ledger = ledger
    this.#version = version
    this.#clocks = clocks
    this.payouts = epoch => ledger.payouts(epoch)
    this.account = account => ledger.account(account)
    this.record = (batch, index) => ledger.record(batch, index)
    this.supply = () => ledger.supply()
    this.explain = (subject, epochs, signal) => ledger.explain(subject, epochs, signal)
    this.export = (what, range, signal) => ledger.export(what, range, signal)
    this.car = range => ledger.car(range)
    this.backup = () => ledger.backup()
  }

  async status(): Promise<NodeStatus> {
    const { ledger, network, mempool, round, isSyncing, halted, validator, voteKey } = this.#node
    const { epoch, checkpoint, cid, validators } = ledger.head
    const { sync, votingWaits } = this.#node.stats()
    const { target, secondsLeft } = sync
    return {
      version: this.#version,
      chain: ledger.chain.toString(),
      role: voteKey === undefined ? 'full' : 'validator',
      validator,
      peerId: network.peerId,
      addrs: network.addrs(),
      peers: network.peers().length,
      epoch,
      checkpoint: checkpoint === null ? null : cid.toString(),
      time: checkpoint?.time ?? null,
      round,
      syncing: isSyncing,
      target,
      secondsLeft,
      stalled: this.#stalled,
      validators: validators.length,
      votingWaits: outOfOffice(ledger.head, voteKey) ?? votingWaits,
      clockDifferenceMs: this.#clocks.differenceMs,
      halted,
      pending: { batches: mempool.count, bytes: mempool.bytes },
    }
  }

  async author(account: AccountKey): Promise<AuthorStatus> {
    const { mempool, ledger } = this.#node
    const pending = mempool
      .branch(account, ledger.account(account))
      .map(({ seq, cid }) => ({ seq, cid: cid.toString() }))
    return { ...(await this.#ledger.author(account)), pending }
  }

  async epoch(epoch: number, wait?: EpochWait): Promise<EpochStatus | undefined> {
    if (wait !== undefined) await this.#head.until(epoch, wait)
    return this.#ledger.epoch(epoch)
  }

  async submit(batch: BatchBytes): Promise<SubmitStatus> {
    const { outcome, cid } = await this.#node.submit(batch)
    return { outcome, cid: cid.toString() }
  }

  async halt(epoch: number): Promise<void> {
    this.#node.haltAfter(epoch)
  }

  /** T9: an epoch begins at the latest when `idleEpochMs` have passed; sooner where something is pending. */
  get #stalled(): boolean {
    const { ledger, mempool } = this.#node
    const { epochMs } = ledger.head.params
    const soonMs = stillEpochsMax * epochMs + roundsMs
    return this.#head.stillMs > (mempool.count > 0 ? soonMs : idleEpochMs + soonMs)
  }
}
