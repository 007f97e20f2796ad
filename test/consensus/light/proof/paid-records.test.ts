/** Records behind an amount whose root was committed though they aren't what the rules pay by. */
import * as assert from 'uvu/assert'
import { batchSigningBytes, draftBatch, recordTree } from '../../../../consensus/batch.ts'
import { fromKey, writeU64 } from '../../../../consensus/bytes.ts'
import { decodeList } from '../../../../consensus/cbor/decode.ts'
import type { Cid } from '../../../../consensus/cid.ts'
import { batchLeafBytes } from '../../../../consensus/ledger/batches-root.ts'
import type { FlowId } from '../../../../consensus/ledger/flow/flow.ts'
import { recordLeafBytes } from '../../../../consensus/ledger/flow/record-leaf.ts'
import { batchTree, payeeRecordsTree, useRecordsTree } from '../../../../consensus/ledger/trees.ts'
import {
  encodePartAnswer,
  encodeProofAnswer,
  type LeafValue,
  type PartAnswer,
  type VoucherAnswer,
} from '../../../../consensus/light/proof/answer.ts'
import { readAttribution } from '../../../../consensus/light/proof/attribution.ts'
import type { RecordLeaf } from '../../../../consensus/light/proof/leaves.ts'
import {
  type BillList,
  readBills,
  readFeeRecords,
  readUseRecords,
  type WeighedBill,
} from '../../../../consensus/light/proof/paid-records.ts'
import type { ProofSource } from '../../../../consensus/light/proof/reader.ts'
import type { ProofPart } from '../../../../consensus/light/proof/request.ts'
import { readRecords } from '../../../../consensus/light/proof/signed-batch.ts'
import { readVoucher } from '../../../../consensus/light/proof/voucher.ts'
import { listProof, listRoot } from '../../../../consensus/merkle/list-tree.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { sumRoot } from '../../../../consensus/merkle/sum-tree.ts'
import type { LedgerRecord } from '../../../../consensus/records/registry.ts'
import { refKey } from '../../../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../../../../src/crypto/native.ts'
import { Prover } from '../../../../src/proofs/prover.ts'
import { actorAccount, actorKey } from '../../../fixtures/ledger-driver.ts'
import { booksOf, trustedEpoch } from '../../../fixtures/proving.ts'
import { buildSmallLedger, type SmallLedger } from '../../../fixtures/small-ledger.ts'
import { suite } from '../../../harness.ts'
import { tempFolder } from '../../../src/temp-folder.ts'

const test = suite('light/proof/paid-records')
const epoch = 6

let ledger: SmallLedger
let prover: Prover
let helper: FlowId
/** Those of `first` and `second`, at the model `helper`. */
let honest: RecordLeaf[]
const eve = actorAccount('eve')

test.before(async () => {
  ledger = await buildSmallLedger(tempFolder())
  prover = new Prover(ledger.driver.store)
  const { refs } = ledger
  helper = { kind: 'model', key: refKey(...refs.helper) }
  const session = refKey(...refs.main)
  honest = [
    { ref: refKey(...refs.first), session, fee: 1_012_000, settledAfter: 1_012_000 },
    { ref: refKey(...refs.second), session, fee: 1_000_003, settledAfter: 2_012_003 },
  ]
})

test.after(async () => {
  await prover.close()
  await ledger.driver.close()
})

function leafOf({ ref, session, fee, settledAfter }: RecordLeaf): Uint8Array {
  const leaf = new Uint8Array(recordLeafBytes)
  leaf.set(fromKey(ref))
  leaf.set(fromKey(session), 34)
  writeU64(leaf, 68, fee)
  writeU64(leaf, 76, settledAfter)
  return leaf
}

/** The prover, but for parts that `lie` answers. */
function lying(lie: (part: ProofPart) => PartAnswer | undefined): ProofSource {
  return {
    async ask({ epoch: at, parts }) {
      const [part] = parts
      const told = lie(part!)
      if (told === undefined) return prover.ask({ epoch: at, parts: [part!] })
      return encodeProofAnswer([encodePartAnswer(part!, told)])
    },
  }
}

const pageOf = (leaves: readonly (readonly [Uint8Array, LeafValue])[]) =>
  lying(part => (part.type === 'page' ? { count: leaves.length, leaves } : undefined))

async function refusal(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof ProofError) return error.check
    throw error
  }
}

/** All of them: each is proved when it comes. */
async function readAll(reading: Promise<BillList>): Promise<WeighedBill[]> {
  const bills: WeighedBill[] = []
  for await (const bill of (await reading).bills) bills.push(bill)
  return bills
}

/** What refuses these as the records of one payee at a model. */
function feeRefusal(records: readonly RecordLeaf[], payee = eve, more = 0): Promise<string | undefined> {
  const leaves = records.map(record => [leafOf(record), record.fee] as const)
  const root = sumRoot(crypto, payeeRecordsTree, leaves)
  const books = booksOf(trustedEpoch(ledger.driver.store, epoch), pageOf(leaves))
  return refusal(readAll(readFeeRecords(books, helper, payee, root.hash, root.sum + more)))
}

/** What refuses these as the records that name an asset, with what each counts. */
function useRefusal(
  to: keyof SmallLedger['refs'],
  records: readonly (readonly [RecordLeaf, bigint])[],
  more = 0n,
): Promise<string | undefined> {
  const leaves = records.map(([record, value]) => [leafOf(record), value] as const)
  const root = sumRoot(crypto, useRecordsTree, leaves)
  const books = booksOf(trustedEpoch(ledger.driver.store, epoch), pageOf(leaves))
  return refusal(readAll(readUseRecords(books, helper, refKey(...ledger.refs[to]), root.hash, root.sum + more)))
}

test('F1: the records that were billed are believed', async () => {
  assert.is(await feeRefusal(honest), undefined)
})

test('F1: a record that isn’t what its leaf says is refused', async () => {
  const [first, second] = honest as [RecordLeaf, RecordLeaf]
  const at = (index: number): RecordLeaf => ({ ...first, ref: refKey(ledger.refs.first[0], index) })
  assert.is(await feeRefusal([{ ...first, fee: first.fee + 1 }, second]), 'record')
  assert.is(await feeRefusal([{ ...first, session: refKey(...ledger.refs.short) }, second]), 'record')
  // A voucher, a record of another model, and one that wasn't paid.
  assert.is(await feeRefusal([at(0), second]), 'record')
  assert.is(await feeRefusal([{ ...at(3), fee: 777_777 }, second]), 'record')
  assert.is(await feeRefusal([{ ...at(5), fee: 1_200_000, session: refKey(...ledger.refs.short) }, second]), 'outcome')
})

test('F1: a record twice, sums beside the fees, another payee', async () => {
  assert.is(await feeRefusal([honest[0]!, honest[0]!]), 'list')
  assert.is(await feeRefusal(honest, eve, 1), 'sum')
  assert.is(await feeRefusal(honest, actorAccount('bob')), 'record')
})

test('F3: what a record counts for an asset is its fee times its weight, once', async () => {
  const [first, second] = honest as [RecordLeaf, RecordLeaf]
  const value = 1_000_003n * 700_000n
  assert.is(await useRefusal('tar2', [[second, value]]), undefined)
  assert.is(await useRefusal('tar2', [[second, value + 1n]]), 'record')
  assert.is(await useRefusal('tar2', [[second, value]], 1n), 'sum')
  assert.is(await useRefusal('tar2', [[first, 1_012_000n * 1_000_000n]]), 'record')
  assert.is(
    await useRefusal('tar2', [
      [second, value],
      [second, value],
    ]),
    'list',
  )
})

test('E4: what was settled beyond what the payer signed is refused', async () => {
  const beyond = { ...honest[1]!, settledAfter: 40_000_000 }
  assert.is(await feeRefusal([honest[0]!, beyond]), 'missing')
  const store = ledger.driver.store
  const wanted = { session: beyond.session, atLeast: 40_000_000, by: ledger.refs.first[0] }
  const less = await prover.prove(epoch, { type: 'voucher', ...wanted, atLeast: 1 })
  const told = lying(part => (part.type === 'voucher' ? less : undefined))
  const books = booksOf(trustedEpoch(store, epoch), told)
  assert.is(await refusal(readVoucher(books.trusted, books.reader, wanted)), 'voucher')
  const forged = lying(() => ({ ...(less as VoucherAnswer), total: 50_000_000 }))
  assert.is(
    await refusal(readVoucher(books.trusted, booksOf(trustedEpoch(store, epoch), forged).reader, wanted)),
    'signature',
  )
})

test('E4: a voucher of something that is no session is refused', async () => {
  const { store } = ledger.driver
  const [batch, index] = ledger.refs.gift
  const { header, signature, path, bytes } = await recordAt(batch, index)
  const told = lying(() => ({ session: { header, signature, path, bytes }, total: 1, signature: new Uint8Array(64) }))
  const books = booksOf(trustedEpoch(store, epoch), told)
  const wanted = { session: refKey(batch, index), atLeast: 1, by: batch }
  assert.is(await refusal(readVoucher(books.trusted, books.reader, wanted)), 'record')
})

async function recordAt(batch: Cid, index: number) {
  const answer = await prover.prove(epoch, { type: 'records', batch, indices: [index] })
  if (answer === undefined || !('final' in answer)) throw new Error('no such record')
  const { header, signature, records } = answer
  if (!(records instanceof Uint8Array)) return { header, signature, ...records[0]! }
  const { items, offsets } = decodeList(records, 1024)
  const spans = items.map((_, i) => records.subarray(offsets[i], offsets[i + 1]))
  return { header, signature, bytes: spans[index]!, path: listProof(crypto, recordTree, spans, index) }
}

/** A batch that somebody signed and that a checkpoint finalized with these codes, against the rules. */
function crafted(author: string, records: readonly LedgerRecord[], codes: Uint8Array) {
  const { chain, store } = ledger.driver
  const key = actorKey(author)
  const draft = { chain, author: key.publicKey, seq: 9, prev: ledger.refs.first[0], time: 0, records }
  const { header, body, cid } = draftBatch(crypto, draft)
  const leaf = batchLeafBytes({ author: actorAccount(author), seq: 9, batch: cid, digest: crypto.sha256(codes) })
  const trusted = trustedEpoch(store, epoch)
  const checkpoint = { ...trusted.checkpoint, batchesRoot: listRoot(crypto, batchTree, [leaf]) }
  const final = { codes, path: listProof(crypto, batchTree, [leaf], 0) }
  const answer = { header, signature: key.sign(batchSigningBytes(header)), final, records: body }
  const source = lying(part => {
    if (part.type === 'records') return answer
    return part.type === 'attribution' ? { batch: cid, index: 0 } : undefined
  })
  return { cid, books: booksOf({ ...trusted, checkpoint }, source) }
}

test('E4: who isn’t the payee of a session can’t be paid from it', async () => {
  const hash = new Uint8Array(32)
  const { helper: model, main: session } = ledger.refs
  const fees = { request: hash, response: hash, tokensIn: 1, tokensOut: 1, fee: 5 }
  const { cid, books } = crafted('bo', [{ kind: 'inference', session, model, ...fees }], Uint8Array.of(1))
  const leaf = { ref: refKey(cid, 0), session: refKey(...session), fee: 5, settledAfter: 5 }
  const voucher = await prover.prove(epoch, {
    type: 'voucher',
    session: leaf.session,
    atLeast: 5,
    by: ledger.refs.first[0],
  })
  const { reader } = books
  const want = reader.want.bind(reader)
  reader.want = (at, part) => (part.type === 'voucher' ? Promise.resolve(voucher as never) : want(at, part))
  assert.is(await refusal(readBills(books, helper, [leaf])), 'record')
})

test('R4: more outcomes than records', async () => {
  const { cid, books } = crafted('bo', [{ kind: 'transfer', to: fromKey(eve), amount: 1 }], Uint8Array.of(0, 0))
  assert.is(await refusal(readRecords(books.trusted, books.reader, cid, [0])), 'outcome')
})

test('F3: an attribution counts by its model’s attributor alone, if it was done', async () => {
  const { oracle, helper: another, tar2 } = ledger.refs
  const by = (author: string, model = oracle, code = 0) => {
    const record = { kind: 'attribution', model, uses: [[tar2, 1_000_000]], method: 'influence' } as const
    const { books } = crafted(author, [record], Uint8Array.of(code))
    return refusal(readAttribution(books, refKey(...oracle)))
  }
  assert.is(await by('bo'), 'owner')
  assert.is(await by('att', another), 'record')
  assert.is(await by('att', oracle, 16), 'outcome')
  const transfer = crafted('att', [{ kind: 'transfer', to: fromKey(eve), amount: 1 }], Uint8Array.of(0))
  assert.is(await refusal(readAttribution(transfer.books, refKey(...oracle))), 'record')
})

test('another batch, or another record of the batch, signed and final as it may be, is refused', async () => {
  const { store } = ledger.driver
  const trusted = trustedEpoch(store, epoch)
  const { first, act } = ledger.refs
  const instead = async (part: ProofPart) => {
    const told = await prover.prove(epoch, part)
    const { reader } = booksOf(
      trusted,
      lying(() => told),
    )
    return refusal(readRecords(trusted, reader, first[0], [1]))
  }
  assert.is(await instead({ type: 'records', batch: first[0], indices: [1] }), undefined)
  assert.is(await instead({ type: 'records', batch: first[0], indices: [2] }), 'index')
  assert.is(await instead({ type: 'records', batch: act[0], indices: [1] }), 'block')
})
