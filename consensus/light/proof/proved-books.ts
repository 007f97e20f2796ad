import { type Amount, ppmWhole, share, splitPpm } from '../../amount.ts'
import type { ByteKey } from '../../bytes.ts'
import { toHex } from '../../bytes.ts'
import {
  type AssetCell,
  assetCellKey,
  assetCodec,
  type DataCell,
  type DatanetCell,
  isData,
  type ModelCell,
} from '../../ledger/cells/asset.ts'
import { type BuilderSplit, splitBuilder } from '../../ledger/flow/builders.ts'
import { Committer } from '../../ledger/flow/commitment.ts'
import { divideUnnamed } from '../../ledger/flow/data.ts'
import { divideFees } from '../../ledger/flow/fees.ts'
import type { DividedList, FlowId, FlowList, ListName } from '../../ledger/flow/flow.ts'
import { type LineageSplit, splitLineage } from '../../ledger/flow/lineage.ts'
import { mismatch, ProofError } from '../../merkle/proof-error.ts'
import type { Params } from '../../params.ts'
import { type RefKey, refFromKey, refKeyText } from '../../ref.ts'
import { readParams } from './block.ts'
import { readCell } from './cell.ts'
import { ClaimReader } from './claims.ts'
import type { CommittedTree } from './committed-tree.ts'
import { type FoundLeaf, verifyFound } from './found-leaf.ts'
import {
  type FlowLeaf,
  flowTreeKey,
  type InboundLeaf,
  type ListLeaf,
  parseFlowLeaf,
  parseInboundLeaf,
  parsePartLeaf,
  parsePayeeLeaf,
} from './leaves.ts'
import type { PaidBill } from './paid-records.ts'
import type { AssetFlow, BuiltFlow, NamedList, PoolFlow, WaitingFlow } from './proved-flow.ts'
import { type Depth, type ListReader, type ProvedList, readList, readWhole } from './proved-list.ts'
import type { ProvedClaim } from './proved-node.ts'
import type { ProofReader } from './reader.ts'
import { readRecords, type SignedRecord } from './signed-batch.ts'
import type { TrustedEpoch } from './trust.ts'
import { Turns } from './turns.ts'

/** A flow that is proved to be one of the epoch's, with how many there are. */
interface FoundFlow extends FlowLeaf {
  readonly flows: number
}

/** What of a walk is to be shown; everything is proved all the same. */
export interface Showing {
  /** Bills kept of each list, the largest; the others are counted. */
  readonly billsMax: number
  /** R6: whether claims are compared with what they point to. */
  readonly claims: boolean
}

const everything: Showing = { billsMax: Number.POSITIVE_INFINITY, claims: false }

/** Some 1,000 records in hand at a time, and the lines that lead to them. */
const billTurnsAtOnce = 4
const lineTurnsAtOnce = 16
/** Cells and flows kept for the next time; a kilobyte each. What was forgotten is asked for again. */
const knownMax = 4096

/**
 * The money of one epoch as far as it was asked for, each flow proved and recomputed once. Throws ProofError; what it returns the
 * rules made out of what came in.
 */
export class ProvedBooks implements ListReader {
  readonly trusted: TrustedEpoch
  readonly reader: ProofReader
  readonly depth: Depth
  /** Bills kept of each list, for what is shown in the end. */
  readonly billsMax: number
  readonly billTurns = new Turns(billTurnsAtOnce)
  readonly lineTurns = new Turns(lineTurnsAtOnce)
  readonly #committer: Committer
  readonly #claims: ClaimReader | undefined
  /** The last used stand last. */
  readonly #known = new Map<string, Promise<unknown>>()

  constructor(trusted: TrustedEpoch, reader: ProofReader, depth: Depth, showing: Showing = everything) {
    const { checkpoint, state } = trusted
    if (state.epoch < checkpoint.epoch || !state.chain.equals(checkpoint.chain)) {
      throw mismatch(
        'missing',
        'state to read assets from',
        `that of epoch ${checkpoint.epoch} or a later one`,
        state.epoch,
      )
    }
    this.trusted = trusted
    this.reader = reader
    this.depth = depth
    this.billsMax = showing.billsMax
    this.#claims = showing.claims ? new ClaimReader(this) : undefined
    this.#committer = new Committer(trusted.crypto)
  }

  get crypto() {
    return this.trusted.crypto
  }

  get epoch(): number {
    return this.trusted.checkpoint.epoch
  }

  /** Whether assets are read from the state that this very epoch left: their owners are then those who earned. */
  get knowsOwners(): boolean {
    return this.trusted.state.epoch === this.epoch
  }

  params(): Promise<Params> {
    return this.#once('params', () => readParams(this.trusted, this.reader))
  }

  asset(ref: RefKey): Promise<AssetCell> {
    return this.#once(`cell ${ref}`, async () => {
      const trusted = { crypto: this.crypto, checkpoint: this.trusted.state }
      const cell = await readCell(trusted, this.reader, assetCodec, assetCellKey(ref))
      if (cell === undefined) throw new ProofError('missing', `no asset ${refKeyText(ref)} in the state`)
      return cell
    })
  }

  async data(ref: RefKey): Promise<DataCell> {
    const cell = await this.asset(ref)
    if (!isData(cell)) throw mismatch('record', refKeyText(ref), 'a contribution or refinement', cell.kind)
    return cell
  }

  async model(ref: RefKey): Promise<ModelCell> {
    const cell = await this.asset(ref)
    if (cell.kind !== 'model' && cell.kind !== 'agent') {
      throw mismatch('record', refKeyText(ref), 'a model or agent', cell.kind)
    }
    return cell
  }

  async datanet(ref: RefKey): Promise<DatanetCell> {
    const cell = await this.asset(ref)
    if (cell.kind !== 'datanet') throw mismatch('record', refKeyText(ref), 'a datanet', cell.kind)
    return cell
  }

  /** A record that its author signed, whichever epoch finalized it. */
  record(ref: RefKey): Promise<SignedRecord> {
    return this.#once(`record ${ref}`, async () => {
      const [batch, index] = refFromKey(ref)
      const [signed] = await readRecords(this.trusted, this.reader, batch, [index])
      return signed!
    })
  }

  /** R6: what a bill claims and what it points to doesn't bear out; nothing where that isn't asked. */
  async claimsOf(bill: PaidBill): Promise<readonly ProvedClaim[]> {
    return (await this.#claims?.ofBill(bill)) ?? []
  }

  /** The same for data that says which inference generated it. */
  async claimsOfData(ref: RefKey): Promise<readonly ProvedClaim[]> {
    return (await this.#claims?.ofData(ref)) ?? []
  }

  /** Undefined where it is proved that the epoch has no such flow. */
  flow(id: FlowId): Promise<FoundFlow | undefined> {
    return this.#once(`flow ${flowTreeKey(id)}`, async () => {
      const key = flowTreeKey(id)
      const found = await this.find({ name: 'flows' }, this.trusted.checkpoint.flowRoot, key)
      return found && { ...parseFlowLeaf(found.leaf), flows: found.count }
    })
  }

  /** The leaf with a key under a root (32 bytes) that is proved; undefined where there is none. */
  async find(tree: CommittedTree, root: Uint8Array, key: ByteKey): Promise<FoundLeaf | undefined> {
    const answer = await this.reader.want(this.epoch, { type: 'find', tree, key })
    return verifyFound(this.crypto, tree, root, key, answer)
  }

  /** F1, F2, F3 at a model or agent. */
  built(ref: RefKey): Promise<BuiltFlow> {
    return this.#once(`built ${ref}`, async () => {
      const cell = await this.model(ref)
      const id: FlowId = { kind: cell.kind, key: ref }
      const [flow, params] = await Promise.all([this.#required(id), this.params()])
      const [payees, inbound] = await Promise.all([
        readWhole(this, { name: 'payees', flow: id }, flow.payees, parsePayeeLeaf),
        this.#inbound(id, flow),
      ])
      const fees = payees.items.map(({ value }) => divideFees(params, cell.kind, value as Amount))
      const builder = fees.reduce((sum, parts) => sum + parts[2], 0)
      const data = fees.reduce((sum, parts) => sum + parts[3], 0)
      const amount = builder + (inbound.total as Amount)
      const isDivided = data > 0 && cell.attributor === null
      const named = isDivided ? await this.#named(id, flow, 'uses', data) : undefined
      const unnamed = named && this.#unnamed(cell, named.unnamed)
      // F3: each fee is there with all of its weight, named or not, so none can be left out.
      const weight = BigInt(payees.total) * BigInt(ppmWhole)
      if (named !== undefined && named.weight !== weight) {
        throw mismatch('sum', `weights of uses at ${flowText(id)}`, weight, named.weight)
      }
      const normal = splitBuilder(cell, amount, false)
      const listsWith = ({ bases }: BuilderSplit): ExpectedList[] => [bases?.list, named?.list, unnamed?.list]
      // F2: that so many models have money isn't proved, but that there are as many flows.
      const mayBeCrowded = flow.flows >= params.maxFlowAssets && this.#faultyList(flow, listsWith(normal)) !== undefined
      const split = mayBeCrowded ? splitBuilder(cell, amount, true) : normal
      this.#expectLists(flow, listsWith(split))
      const { forOwner, bases } = split
      return { id, cell, payees, fees, inbound, builder, data, forOwner, bases, named, unnamed }
    })
  }

  /** F4 at a contribution or refinement. */
  lineage(ref: RefKey): Promise<AssetFlow> {
    return this.#once(`lineage ${ref}`, async () => {
      const id: FlowId = { kind: 'asset', key: ref }
      const [cell, flow] = await Promise.all([this.data(ref), this.#required(id)])
      const [datanet, inbound, params] = await Promise.all([
        this.datanet(cell.datanet),
        this.#inbound(id, flow),
        this.params(),
      ])
      const inflow = inbound.total as Amount
      const normal = splitLineage(cell, datanet, inflow, false)
      const candidates = [normal]
      if (flow.flows >= params.maxFlowAssets) candidates.push(splitLineage(cell, datanet, inflow, true))
      const splits = candidates.filter(split => this.#faultyList(flow, listsOf(split)) === undefined)
      if (splits.length === 0) this.#expectLists(flow, listsOf(normal))
      return { id, inbound, inflow, splits }
    })
  }

  /** F3: what waits at a model, and what its attribution or the end of its window divided. */
  waiting(ref: RefKey): Promise<WaitingFlow> {
    return this.#once(`waiting ${ref}`, async () => {
      const id: FlowId = { kind: 'waiting', key: ref }
      const [cell, flow] = await Promise.all([this.model(ref), this.#required(id)])
      const inbound = await this.#inbound(id, flow)
      // How much had waited is what the state before said; the list that divides it is all that is left of it.
      const first = flow.lists[0]
      const named = first?.name === 'attribution' ? await this.#named(id, flow, first.name, first.amount) : undefined
      const unnamed = first && this.#unnamed(cell, named?.unnamed ?? first.amount)
      this.#expectLists(flow, [named?.list, unnamed?.list])
      return { id, inbound, named, unnamed }
    })
  }

  /** F5: the operators' pool. */
  pool(): Promise<PoolFlow> {
    return this.#once('pool', async () => {
      const id: FlowId = { kind: 'operators', key: '' }
      const [flow, params] = await Promise.all([this.#required(id), this.params()])
      const inbound = await this.#inbound(id, flow)
      const [, amount] = splitPpm(inbound.total as Amount, params.burn)
      const [list] = flow.lists
      if (list === undefined) throw mismatch('list', 'lists of the pool', 'operators', 'none')
      const tree = { name: 'parts', flow: id, list: 'operators' } as const
      const parts = await readWhole(this, tree, list.parts, parsePartLeaf)
      const set = this.trusted.previousValidators?.map(({ account, stake }) => ({ to: account, weight: stake }))
      const expected = set && { name: 'operators' as const, amount, parts: set }
      this.#expectLists(flow, [expected ?? { name: 'operators', amount, parts: list.parts }])
      return { id, inbound, amount, parts }
    })
  }

  /** What a named list gives to an asset; undefined where it is proved not to name it. */
  async namedPart(id: FlowId, { list }: NamedList, to: RefKey): Promise<(FoundLeaf & { amount: Amount }) | undefined> {
    const tree: CommittedTree = { name: 'parts', flow: id, list: list.name }
    const found = await this.find(tree, list.parts, to)
    return found && { ...found, amount: partOf(found, list.amount) }
  }

  async #required(id: FlowId): Promise<FoundFlow> {
    const flow = await this.flow(id)
    if (flow === undefined) throw mismatch('missing', `flow of ${flowText(id)}`, 'one', 'none')
    return flow
  }

  #inbound(id: FlowId, { inbound }: FlowLeaf): Promise<ProvedList<InboundLeaf>> {
    return readList(this, { name: 'inbound', flow: id }, inbound, parseInboundLeaf)
  }

  async #named(id: FlowId, flow: FlowLeaf, name: ListName, amount: Amount): Promise<NamedList> {
    const list = flow.lists.find(listed => listed.name === name)
    if (list === undefined) throw mismatch('list', `lists of ${flowText(id)}`, name, 'none')
    const tree: CommittedTree = { name: 'parts', flow: id, list: name }
    const first = await this.find(tree, list.parts, '')
    if (first?.index !== 0) throw mismatch('list', `${name} of ${flowText(id)}`, 'what is unnamed first', 'another')
    return { list: { ...list, amount }, weight: BigInt(first.total), unnamed: partOf(first, amount) }
  }

  #unnamed(cell: ModelCell, amount: Amount): DividedList | undefined {
    return amount === 0 ? undefined : divideUnnamed(cell, amount)
  }

  /** The lists that the rules make, in their order, are those that were committed. */
  #expectLists(flow: FoundFlow, expected: readonly ExpectedList[]): void {
    const fault = this.#faultyList(flow, expected)
    if (fault !== undefined) throw fault
  }

  #faultyList(flow: FoundFlow, lists: readonly ExpectedList[]): ProofError | undefined {
    const expected = lists.filter(list => list !== undefined)
    const what = `lists of ${flowText(flow)}`
    const names = expected.map(({ name }) => name).join(', ')
    const got = flow.lists.map(({ name }) => name).join(', ')
    if (names !== got) return mismatch('list', what, names || 'none', got || 'none')
    for (const [i, list] of expected.entries()) {
      const { amount, parts } = flow.lists[i]!
      if (amount !== list.amount) return mismatch('division', `${list.name} of ${flowText(flow)}`, list.amount, amount)
      const root = list.parts instanceof Uint8Array ? list.parts : this.#committer.listRoot(list as FlowList)
      if (toHex(root) !== toHex(parts)) {
        return mismatch('list', `${list.name} of ${flowText(flow)}`, toHex(root), toHex(parts))
      }
    }
    return undefined
  }

  #once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const made = (this.#known.get(key) as Promise<T> | undefined) ?? make()
    this.#known.delete(key)
    this.#known.set(key, made)
    if (this.#known.size > knownMax) this.#known.delete(this.#known.keys().next().value!)
    return made
  }
}

/** As the rules make it; by the root of its parts where they come from records. */
type ExpectedList = FlowList | ListLeaf | undefined

function listsOf({ origins, parents }: LineageSplit): ExpectedList[] {
  return [origins?.list, parents?.list]
}

/** E3: what one part of a list comes to. */
function partOf({ prefix, value, total }: FoundLeaf, amount: Amount): Amount {
  const whole = BigInt(total)
  if (whole === 0n) throw mismatch('division', 'weights of a list', 'more than nothing', 0)
  return share(amount, BigInt(prefix) + BigInt(value), whole) - share(amount, BigInt(prefix), whole)
}

export function flowText({ kind, key }: FlowId): string {
  return key === '' ? kind : `${kind} ${refKeyText(key)}`
}
