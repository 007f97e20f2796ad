import { decodeHeader } from '../../consensus/batch.ts'
import { toKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import {
  type AttributionAnswer,
  encodePartAnswer,
  encodeProofAnswer,
  type FindAnswer,
  type LeafProof,
  type PageAnswer,
  type PartAnswer,
  type ProvableLeaf,
  type RecordsAnswer,
  type StateAnswer,
  type VoucherAnswer,
} from '../../consensus/light/proof/answer.ts'
import { type CommittedTree, isSorted, keyOf } from '../../consensus/light/proof/committed-tree.ts'
import { batchTreeKey } from '../../consensus/light/proof/leaves.ts'
import { answerBytesMax, pageBytesMax } from '../../consensus/light/proof/limits.ts'
import type { ProofSource } from '../../consensus/light/proof/reader.ts'
import type { ProofPart, ProofRequest } from '../../consensus/light/proof/request.ts'
import { stateProof } from '../../consensus/merkle/state-proof.ts'
import type { TreeLevels } from '../../consensus/merkle/tree-levels.ts'
import type { TreePath } from '../../consensus/merkle/tree-path.ts'
import type { Voucher } from '../../consensus/records/voucher.ts'
import { refFromKey } from '../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import type { Store } from '../store/store.ts'
import { BatchRecords } from './batch-records.ts'
import { breathe } from './breathe.ts'
import { EpochTrees } from './epoch-trees.ts'
import { OneByOne } from './one-by-one.ts'
import { Recent } from './recent.ts'
import { StateViews } from './state-views.ts'
import { findVoucher } from './voucher-search.ts'

const mib = 1024 * 1024
/** Trees of the epochs that are asked for: light nodes ask for the newest ones. */
const treesBytesMax = 128 * mib
const batchesBytesMax = 32 * mib
/** Who asks has followed to an epoch that is seldom older than this many. */
const statesKeptDefault = 4
const vouchersMax = 10_000
/** A request of many parts that are dear to find must not keep a node busy beyond this; then the answer ends. */
const answerMsMax = 500
/** A list's head in an answer. */
const answerHeadBytes = 9
/** Around a leaf in a page. */
const leafHeadBytes = 24

/** Counters since the start. */
export interface ProverStats {
  readonly requests: number
  /** Parts of them that were proved, and that there was nothing to prove with. */
  readonly proved: number
  readonly unproved: number
  /** All requests together took so long. */
  readonly seconds: number
}

type Signal = AbortSignal | undefined
type Part<T extends ProofPart['type']> = Extract<ProofPart, { readonly type: T }>

/** Proves what is asked from a node's own store. What it hasn't, or no longer has, it answers with null. */
export class Prover implements ProofSource {
  readonly states: StateViews
  readonly #stats = { requests: 0, proved: 0, unproved: 0, seconds: 0 }
  readonly #store: Store
  readonly #heavy = new OneByOne()
  readonly #epochs = new Recent<EpochTrees>(treesBytesMax, trees => trees.bytes)
  /** The greatest found of each session: it covers all that was settled before. */
  readonly #vouchers = new Recent<Voucher>(vouchersMax, () => 1)
  readonly #batches = new Recent<BatchRecords>(batchesBytesMax, batch => batch.bytes)

  constructor(store: Store, statesKept = statesKeptDefault) {
    this.#store = store
    this.states = new StateViews(store, statesKept)
  }

  close(): Promise<void> {
    return this.states.close()
  }

  /** At least the first part; the others as long as they fit, and as long as it doesn't take too long: the asker asks on. */
  async ask(request: ProofRequest, signal?: AbortSignal): Promise<Uint8Array> {
    const beganMs = performance.now()
    this.#stats.requests++
    try {
      return await this.#answer(request, beganMs + answerMsMax, signal)
    } finally {
      this.#stats.seconds += (performance.now() - beganMs) / 1000
    }
  }

  get stats(): ProverStats {
    return { ...this.#stats }
  }

  async #answer({ epoch, parts }: ProofRequest, endMs: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const answers: Uint8Array[] = []
    let bytes = answerHeadBytes
    for (const part of parts) {
      signal?.throwIfAborted()
      await breathe()
      if (answers.length > 0 && performance.now() > endMs) break
      const proof = await this.prove(epoch, part, signal)
      if (proof === undefined) this.#stats.unproved++
      else this.#stats.proved++
      const answer = encodePartAnswer(part, proof ?? null)
      bytes += answer.length
      if (bytes > answerBytesMax && answers.length > 0) break
      answers.push(answer)
    }
    this.#epochs.trim()
    return encodeProofAnswer(answers)
  }

  /** Undefined where there is nothing to prove it with. */
  async prove(epoch: number, part: ProofPart, signal?: AbortSignal): Promise<PartAnswer | undefined> {
    if (this.#store.epochs.get(epoch) === undefined) return undefined
    // Of the epoch that a node joined by, the state is here and nothing else.
    if (epoch < this.#store.first() && part.type !== 'state' && part.type !== 'block') return undefined
    switch (part.type) {
      case 'state':
        return this.#state(epoch, part)
      case 'find':
        return this.#find(epoch, part, signal)
      case 'leaf':
        return this.#leaf(epoch, part, signal)
      case 'page':
        return this.#page(epoch, part, signal)
      case 'records':
        return this.#records(epoch, part, signal)
      case 'voucher':
        return this.#voucher(part, signal)
      case 'attribution':
        return this.#attribution(epoch, part, signal)
      case 'block':
        return this.#store.blocks.get(part.cid)
    }
  }

  async #state(epoch: number, { key }: Part<'state'>): Promise<StateAnswer | undefined> {
    const view = await this.states.at(epoch)
    return view && { value: view.state.get(key) ?? null, proof: stateProof(crypto, view.pages, key) }
  }

  async #find(epoch: number, { tree, key }: Part<'find'>, signal: Signal): Promise<FindAnswer | undefined> {
    const leafKey = keyOf(tree)
    const levels = await this.#trees(epoch).levels(tree, signal)
    if (levels === undefined || leafKey === undefined) return undefined
    if (isSorted(tree)) {
      const { index, found } = levels.find(leafKey, key)
      return found ? provable(levels, index) : levels.absence(index, path => leafProof(levels, path))
    }
    const index = await this.#trees(epoch).position(tree, leafKey, key)
    return index === undefined ? undefined : provable(levels, index)
  }

  async #leaf(epoch: number, { tree, index }: Part<'leaf'>, signal: Signal): Promise<ProvableLeaf | undefined> {
    const levels = await this.#trees(epoch).levels(tree, signal)
    return levels !== undefined && index < levels.count ? provable(levels, index) : undefined
  }

  async #page(epoch: number, { tree, from, max }: Part<'page'>, signal: Signal): Promise<PageAnswer | undefined> {
    const leaves = await this.#trees(epoch).leaves(tree, signal)
    if (leaves === undefined) return undefined
    let end = from
    for (let bytes = 0; end < leaves.length && end - from < max; end++) {
      bytes += leaves[end]![0].length + leafHeadBytes
      if (bytes > pageBytesMax && end > from) break
    }
    return { count: leaves.length, leaves: leaves.slice(from, end) }
  }

  async #records(
    epoch: number,
    { batch, indices }: Part<'records'>,
    signal: Signal,
  ): Promise<RecordsAnswer | undefined> {
    const held = this.#batch(batch)
    const proofs = held && indices.map(index => held.prove(index))
    if (held === undefined || proofs === undefined || !proofs.every(proof => proof !== undefined)) return undefined
    const apart = proofs.reduce((sum, { bytes, path }) => sum + bytes.length + path.siblings.length, 0)
    const records = held.body.length <= apart ? held.body : proofs
    return { ...held.signed, final: await this.#final(epoch, held, signal), records }
  }

  async #final(epoch: number, { batch, signed }: BatchRecords, signal: Signal): Promise<RecordsAnswer['final']> {
    const outcome = this.#store.outcomes.get(batch)
    if (outcome?.epoch !== epoch) return null
    const { author, seq } = decodeHeader(signed.header, this.#store.chain()!)
    const tree: CommittedTree = { name: 'batches' }
    const levels = (await this.#trees(epoch).levels(tree, signal))!
    const { index } = levels.find(keyOf(tree)!, batchTreeKey(toKey(author), seq))
    return { codes: outcome.codes, path: levels.path(index) }
  }

  async #voucher(wanted: Part<'voucher'>, signal: Signal): Promise<VoucherAnswer | undefined> {
    const { session, atLeast } = wanted
    const [batch, index] = refFromKey(session)
    const opened = this.#batch(batch)
    const proof = opened?.prove(index)
    // Whatever an asker made up isn't looked for through hundreds of batches.
    if (opened === undefined || proof === undefined || opened.records[index]?.kind !== 'session') return undefined
    const known = this.#vouchers.get(session)
    const isEnough = known !== undefined && known.total >= atLeast
    const search = () => findVoucher(this.#store, cid => this.#batch(cid), wanted, signal)
    const voucher = isEnough ? known : await this.#heavy.run(search, signal)
    if (voucher === undefined) return undefined
    if (!isEnough) this.#vouchers.set(session, voucher)
    const { total, signature } = voucher
    return { session: { ...opened.signed, ...proof }, total, signature }
  }

  async #attribution(
    epoch: number,
    { model }: Part<'attribution'>,
    signal: Signal,
  ): Promise<AttributionAnswer | undefined> {
    return (await this.#trees(epoch).paid(signal)).attributions.get(model)
  }

  #trees(epoch: number): EpochTrees {
    const known = this.#epochs.get(`${epoch}`)
    if (known !== undefined) return known
    const trees = new EpochTrees(this.#store, epoch, this.#heavy)
    this.#epochs.set(`${epoch}`, trees)
    return trees
  }

  #batch(cid: Cid): BatchRecords | undefined {
    const known = this.#batches.get(cid.key)
    if (known !== undefined) return known
    const read = BatchRecords.read(this.#store, cid)
    if (read !== undefined) this.#batches.set(cid.key, read)
    return read
  }
}

function provable(levels: TreeLevels, index: number): ProvableLeaf {
  return { leaf: levels.leaves[index]![0], proof: leafProof(levels, levels.path(index)) }
}

function leafProof(levels: TreeLevels, path: TreePath): LeafProof {
  return { ...path, value: levels.leaves[path.index]![1] }
}
