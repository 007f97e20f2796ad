import type { AccountKey } from '../../consensus/account.ts'
import type { ByteKey } from '../../consensus/bytes.ts'
import { batchLeafBytes } from '../../consensus/ledger/batches-root.ts'
import type { CreditedPayout } from '../../consensus/ledger/execute.ts'
import { decodeFlows } from '../../consensus/ledger/flow/codec.ts'
import {
  Committer,
  inboundLeaf,
  lineLeaf,
  partLeaf,
  payeeLeaf,
  payoutLeaf,
} from '../../consensus/ledger/flow/commitment.ts'
import type { Flow, FlowId } from '../../consensus/ledger/flow/flow.ts'
import { recordLeafBytes, recordLeaves } from '../../consensus/ledger/flow/record-leaf.ts'
import { type UseColumns, usesBehind, useValue } from '../../consensus/ledger/flow/use-columns.ts'
import type { PaidRecord } from '../../consensus/ledger/paid-record.ts'
import { type CommittedTree, layoutOf } from '../../consensus/light/proof/committed-tree.ts'
import { flowTreeKey } from '../../consensus/light/proof/leaves.ts'
import type { KeyOf } from '../../consensus/merkle/absence.ts'
import { TreeLevels } from '../../consensus/merkle/tree-levels.ts'
import type { Summand } from '../../consensus/merkle/tree-path.ts'
import type { RefKey } from '../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import { epochPayouts } from '../query/epoch-payouts.ts'
import type { Store } from '../store/store.ts'
import { breathe } from './breathe.ts'
import type { OneByOne } from './one-by-one.ts'
import { type PaidIndex, readPaidIndex } from './paid-index.ts'

/* What things take in memory, roughly and rather too much: a bound needs no more. */
const leafOverheadBytes = 128
const paidRecordBytes = 512
/** With its header, beside what became of each record. */
const batchBytes = 1_024
const outcomeBytes = 16
const payoutBytes = 256
const lineBytes = 160
const useBytes = 16
const positionBytes = 96
/** The name of what is kept, and its promise; the same again for having begun with an epoch at all. */
const entryBytes = 512
/** Decoded, as objects and strings, against its bytes in the store. */
const decodedFactor = 6

/** Every tree of one final epoch, each rebuilt when somebody first asks for it, and kept. */
export class EpochTrees {
  readonly epoch: number
  readonly #store: Store
  readonly #heavy: OneByOne
  readonly #known = new Map<string, Promise<unknown>>()
  #bytes = 0

  constructor(store: Store, epoch: number, heavy: OneByOne) {
    this.#store = store
    this.#heavy = heavy
    this.epoch = epoch
  }

  /** What is kept takes some so many bytes. */
  get bytes(): number {
    return this.#bytes + entryBytes * (1 + this.#known.size)
  }

  /** Undefined where the epoch has no such tree. Rejects with the signal's reason when that comes before what it takes is read. */
  async levels(tree: CommittedTree, signal?: AbortSignal): Promise<TreeLevels | undefined> {
    await this.#ready(tree, signal)
    const make = async () => {
      const leaves = await this.leaves(tree)
      if (leaves === undefined) return undefined
      const levels = new TreeLevels(crypto, layoutOf(tree), leaves)
      this.#bytes += levels.bytes
      return levels
    }
    return this.#once(`levels ${nameOf(tree)}`, make, levels => levels !== undefined && levels.count > 0)
  }

  async leaves(tree: CommittedTree, signal?: AbortSignal): Promise<readonly Summand[] | undefined> {
    await this.#ready(tree, signal)
    const make = async () => {
      const leaves = await this.#build(tree)
      for (const [leaf] of leaves ?? []) this.#bytes += leaf.length + leafOverheadBytes
      return leaves
    }
    return this.#once(`leaves ${nameOf(tree)}`, make, leaves => leaves !== undefined && leaves.length > 0)
  }

  /** Where the leaf with a key stands in a tree that isn't sorted by it; undefined where there is none. */
  async position(tree: CommittedTree, leafKey: KeyOf, key: ByteKey): Promise<number | undefined> {
    const make = async () => {
      const found = new Map<ByteKey, number>()
      for (const [index, [leaf]] of ((await this.leaves(tree)) ?? []).entries()) {
        const at = leafKey(leaf)
        if (!found.has(at)) found.set(at, index)
      }
      this.#bytes += found.size * positionBytes
      return found
    }
    const positions = await this.#once(`positions ${nameOf(tree)}`, make, ({ size }) => size > 0)
    return positions.get(key)
  }

  paid(signal?: AbortSignal): Promise<PaidIndex> {
    return this.#load('paid', signal, async () => {
      const index = await readPaidIndex(this.#store, this.epoch)
      for (const { outcome } of index.batches) this.#bytes += batchBytes + outcome.codes.length * outcomeBytes
      for (const records of index.byEarner.values()) this.#bytes += records.length * paidRecordBytes
      return index
    })
  }

  /** Each waits for a turn of its own: what is made of what was read is shared, and must not fail with the one who asked first. */
  async #ready({ name }: CommittedTree, signal: AbortSignal | undefined): Promise<void> {
    if (name === 'payouts' || name === 'lines') await this.#payouts(signal)
    else if (name !== 'batches') await this.#flows(signal)
    if (name === 'batches' || name === 'fee-records' || name === 'use-records') await this.paid(signal)
  }

  async #build(tree: CommittedTree): Promise<Summand[] | undefined> {
    switch (tree.name) {
      case 'payouts':
        return payoutLeaves([...(await this.#payouts()).values()])
      case 'flows':
        return flowLeaves((await this.#flows()).values())
      case 'batches':
        return (await this.paid()).batches.map(({ author, cid, header, outcome: { codes } }) => [
          batchLeafBytes({ author, seq: header.seq, batch: cid, digest: crypto.sha256(codes) }),
          0,
        ])
      case 'lines': {
        const payout = (await this.#payouts()).get(tree.account)
        return payout?.lines.map(line => [lineLeaf(line), line.amount])
      }
      default: {
        const flow = (await this.#flows()).get(flowTreeKey(tree.flow))
        return flow && this.#flowTree(tree, flow)
      }
    }
  }

  async #flowTree(tree: FlowTree, flow: Flow): Promise<Summand[] | undefined> {
    switch (tree.name) {
      case 'payees':
        return flow.payees.map(payee => [payeeLeaf(payee), payee.fees])
      case 'inbound':
        return flow.inbound.map(line => [inboundLeaf(line), line.amount])
      case 'parts':
        return flow.lists
          .find(({ name }) => name === tree.list)
          ?.parts.map(part => [partLeaf(part), BigInt(part.weight)])
      case 'fee-records':
        return feeLeaves((await this.#records(flow)).filter(({ payee }) => payee === tree.payee))
      case 'use-records': {
        const uses = (await this.#uses(flow)).get(tree.to)
        return uses && useLeaves(await this.#records(flow), uses)
      }
    }
  }

  async #records({ key }: FlowId): Promise<readonly PaidRecord[]> {
    return (await this.paid()).byEarner.get(key) ?? []
  }

  /** What was named is what the list names: reviewers may have changed their minds since. */
  #uses(flow: Flow): Promise<ReadonlyMap<RefKey, UseColumns>> {
    return this.#once(`uses ${flowTreeKey(flow)}`, async () => {
      const parts = flow.lists.find(({ name }) => name === 'uses')?.parts
      const named = new Set(parts?.map(({ to }) => to))
      const uses = usesBehind(await this.#records(flow), asset => named.has(asset))
      for (const columns of uses.values()) this.#bytes += columns.records.length * useBytes
      return uses
    })
  }

  #payouts(signal?: AbortSignal): Promise<ReadonlyMap<AccountKey, CreditedPayout>> {
    return this.#load('payouts', signal, async () => {
      const payouts = new Map<AccountKey, CreditedPayout>()
      for await (const payout of epochPayouts(this.#store, this.epoch)) {
        payouts.set(payout.account, payout)
        this.#bytes += payoutBytes + payout.lines.length * lineBytes
      }
      return payouts
    })
  }

  #flows(signal?: AbortSignal): Promise<ReadonlyMap<ByteKey, Flow>> {
    return this.#load('flows', signal, async () => {
      const flows = new Map<ByteKey, Flow>()
      for await (const chunk of this.#store.flows.all(this.epoch)) {
        for (const flow of decodeFlows(chunk)) flows.set(flowTreeKey(flow), flow)
        this.#bytes += chunk.length * decodedFactor
        await breathe()
      }
      return flows
    })
  }

  /** What is read from the store for everything else. */
  async #load<T>(key: string, signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key) as Promise<T> | undefined
    return known ?? this.#heavy.run(() => this.#once(key, read), signal)
  }

  #once<T>(key: string, make: () => Promise<T>, isKept: (made: T) => boolean = () => true): Promise<T> {
    const known = this.#known.get(key) as Promise<T> | undefined
    if (known !== undefined) return known
    const made = make()
    this.#known.set(key, made)
    // What failed is tried again by who asks next. What isn't there can be asked for under ever new names.
    made.then(
      result => isKept(result) || this.#known.delete(key),
      () => this.#known.delete(key),
    )
    return made
  }
}

type FlowTree = Extract<CommittedTree, { readonly flow: FlowId }>

/** As one text: kinds, accounts and refs have one length each. */
function nameOf(tree: CommittedTree): string {
  return Object.values(tree)
    .map(part => (typeof part === 'string' ? part : flowTreeKey(part)))
    .join('/')
}

async function payoutLeaves(payouts: Iterable<CreditedPayout>): Promise<Summand[]> {
  const committer = new Committer(crypto)
  const leaves: Summand[] = []
  for (const payout of payouts) {
    await breathe()
    leaves.push([payoutLeaf(payout, payout.creditAfter, committer.linesRoot(payout.lines)), payout.amount])
  }
  return leaves
}

async function flowLeaves(flows: Iterable<Flow>): Promise<Summand[]> {
  const committer = new Committer(crypto)
  const leaves: Summand[] = []
  for (const flow of flows) {
    await breathe()
    leaves.push([committer.flowLeaf(flow), 0])
  }
  return leaves
}

function feeLeaves(records: readonly PaidRecord[]): Summand[] {
  const leaves = recordLeaves(records)
  return records.map(({ fee }, i) => [leafAt(leaves, i), fee])
}

function useLeaves(records: readonly PaidRecord[], uses: UseColumns): Summand[] {
  const named = Array.from(uses.records, record => records[record]!)
  const leaves = recordLeaves(named)
  return named.map(({ fee }, i) => [leafAt(leaves, i), useValue(fee, uses.weights[i]!)])
}

function leafAt(leaves: Uint8Array, index: number): Uint8Array {
  return leaves.subarray(index * recordLeafBytes, (index + 1) * recordLeafBytes)
}
