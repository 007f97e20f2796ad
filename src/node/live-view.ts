import type { AccountKey } from '../../consensus/account.ts'
import type { BatchBytes } from '../../consensus/batch.ts'
import type { AuthorStatus, EpochStatus, EpochWait, NodeStatus, NodeView, SubmitStatus } from '../api/node-view.ts'
import type { Node } from './node.ts'

/** What a ledger at rest can answer as well. */
export type AtRest = Omit<NodeView, 'status' | 'submit' | 'halt'>

interface Waiting {
  readonly epoch: number
  wake(): void
}

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
  readonly #waiting = new Set<Waiting>()

  constructor(node: Node, ledger: AtRest, version: string) {
    this.#node = node
    this.#ledger = ledger
    this.#version = version
    this.payouts = epoch => ledger.payouts(epoch)
    this.account = account => ledger.account(account)
    this.record = (batch, index) => ledger.record(batch, index)
    this.supply = () => ledger.supply()
    this.explain = (subject, epoch) => ledger.explain(subject, epoch)
    this.export = (what, range) => ledger.export(what, range)
    this.car = range => ledger.car(range)
    this.backup = () => ledger.backup()
    node.ledger.onEpoch(({ epoch }) => {
      for (const waiting of this.#waiting) if (waiting.epoch <= epoch) waiting.wake()
    })
  }

  async status(): Promise<NodeStatus> {
    const { ledger, network, mempool, round, isSyncing, halted, validator, voteKey } = this.#node
    const { epoch, checkpoint, cid } = ledger.head
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
    if (wait !== undefined && this.#node.ledger.head.epoch < epoch) await this.#waitFor(epoch, wait)
    return this.#ledger.epoch(epoch)
  }

  async submit(batch: BatchBytes): Promise<SubmitStatus> {
    const { outcome, cid } = await this.#node.submit(batch)
    return { outcome, cid: cid.toString() }
  }

  async halt(epoch: number): Promise<void> {
    this.#node.haltAfter(epoch)
  }

  #waitFor(epoch: number, { waitMs, signal }: EpochWait): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#waiting.delete(waiting)
        resolve()
      }
      const waiting: Waiting = { epoch, wake }
      const timer = setTimeout(wake, waitMs)
      signal?.addEventListener('abort', wake)
      this.#waiting.add(waiting)
      if (signal?.aborted === true) wake()
    })
  }
}
