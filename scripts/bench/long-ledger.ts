import { join } from 'node:path'
import { certificateOf, encodeCertificate } from '../../consensus/agreement/certificate.ts'
import { messageBytes } from '../../consensus/agreement/message.ts'
import type { Vote } from '../../consensus/agreement/vote.ts'
import { toKey } from '../../consensus/bytes.ts'
import { encodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid, codecRaw } from '../../consensus/cid.ts'
import { encodeGenesis } from '../../consensus/genesis.ts'
import { testnetParams } from '../../consensus/params.ts'
import type { LedgerRecord } from '../../consensus/records/registry.ts'
import { voucherBytes } from '../../consensus/records/voucher.ts'
import { type Ref, refKey } from '../../consensus/ref.ts'
import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { Engine } from '../../src/engine/engine.ts'
import { Ledger } from '../../src/node/ledger.ts'
import { openLedger } from '../../src/node/open-ledger.ts'
import { writeSnapshot } from '../../src/snapshots/snapshot-writer.ts'
import type { Store } from '../../src/store/store.ts'
import {
  Author,
  datanetRecord,
  genesisOf,
  hashOf,
  inferences,
  keyOf,
  modelRecord,
  type WrittenBatch,
} from './economy.ts'

export interface LongLedgerSize {
  readonly records: number
  /** Of them so many are contributions: each leaves a cell. */
  readonly assets: number
  /** With a snapshot of this one, and some epochs after it. */
  readonly snapshotEpoch: number
  readonly epochsAfter: number
}

export interface LongLedger {
  readonly genesis: Uint8Array
  readonly epoch: number
  readonly records: number
  readonly snapshot: { readonly cells: number; readonly bytes: number; readonly chunks: number }
}

const deposit = 500_000_000_000_000
const epochMs = 1_000
const whole = 1_000_000
const assetsPerEpoch = 10_000
/** By the inferences: to those of one epoch as the 1,000 of (e) are to its larger epochs. */
const assetsNamed = 100

/** A node's folder as years of use would leave it, decided by one validator, whose vote key is `keyOf('vote')`. */
export async function buildLongLedger(dir: string, size: LongLedgerSize): Promise<LongLedger> {
  const epochs = size.snapshotEpoch + size.epochsAfter
  const genesis = encodeGenesis(genesisOf(Date.now() - epochMs * (epochs + 60), testnetParams))
  const { store, chain } = await openLedger(dir, genesis)
  try {
    const writer = new EpochWriter(store, chain)
    let records = 0
    let snapshot: LongLedger['snapshot'] | undefined
    for (const batches of epochsOf(chain, size, epochs)) {
      await writer.epoch(batches)
      records += batches.reduce((sum, { count }) => sum + count, 0)
      if (writer.head === size.snapshotEpoch) snapshot = await snapshotOf(store)
    }
    return { genesis, epoch: writer.head, records, snapshot: snapshot! }
  } finally {
    await store.close()
  }
}

/** The vote key's file, in the folder of keys. */
export function voteKeyPath(dir: string): string {
  return join(dir, 'keys', 'vote.json')
}

async function snapshotOf(store: Store): Promise<LongLedger['snapshot']> {
  const view = await store.view()
  try {
    return await writeSnapshot({ store, crypto, view, signal: new AbortController().signal })
  } finally {
    await view.close()
  }
}

/** The first epochs bring the data, the model and the money, all others inferences. */
function* epochsOf(chain: Cid, { records, assets }: LongLedgerSize, epochs: number): Generator<WrittenBatch[]> {
  const [builder, payer, provider] = ['builder', 'payer', 'provider'].map(name => new Author(chain, keyOf(name)))
  const [net] = builder!.write([datanetRecord])
  yield [net!]
  let refs: Ref[] = []
  for (let from = 0; from < assets; from += assetsPerEpoch) {
    const written = builder!.write(contributions([net!.cid, 0], from, Math.min(assetsPerEpoch, assets - from)))
    if (from === 0) refs = written.flatMap(({ cid, count }) => Array.from({ length: count }, (_, i): Ref => [cid, i]))
    yield written
  }
  const [model] = builder!.write([{ ...modelRecord, data: [[[net!.cid, 0], whole]] }])
  const [opened] = payer!.write([{ kind: 'session', payee: provider!.key.publicKey, deposit, expires: 1_000_000 }])
  yield [model!, opened!]
  const session: Ref = [opened!.cid, 0]
  const signature = payer!.key.sign(voucherBytes(chain, refKey(opened!.cid, 0), deposit))
  yield provider!.write([{ kind: 'voucher', session, total: deposit, signature }])
  const rest = epochs - 3 - Math.ceil(assets / assetsPerEpoch)
  const perEpoch = Math.ceil((records - assets) / rest)
  const named = { assets: refs.slice(0, assetsNamed), model: [model!.cid, 0] as Ref, session }
  for (let epoch = 0; epoch < rest; epoch++) yield provider!.write(inferences(perEpoch, named))
}

function* contributions(net: Ref, from: number, count: number): Generator<LedgerRecord> {
  for (let i = from; i < from + count; i++) {
    const content = Cid.fromDigest(hashOf(i, 3), codecRaw)
    yield { kind: 'contribution', datanet: net, content, size: 1_000, media: 'text/plain' }
  }
}

/** Decides and writes epochs, as the one validator. */
class EpochWriter {
  readonly #store: Store
  readonly #ledger: Ledger

  constructor(store: Store, chain: Cid) {
    this.#store = store
    this.#ledger = new Ledger(store, chain, new Engine(store, chain))
  }

  get head(): number {
    return this.#ledger.head.epoch
  }

  async epoch(batches: readonly WrittenBatch[]): Promise<void> {
    const { head, chain } = this.#ledger
    await this.#store.putBatches(
      batches.map(({ cid, ...batch }) => ({ ...batch, batch: cid, arrival: head.epoch })),
      { sync: false },
    )
    const last = new Map(
      batches.map(({ author, seq, cid }) => [toKey(author), { author: toKey(author), seq, batch: cid }]),
    )
    const cut = [...last.values()].sort((a, b) => (a.author < b.author ? -1 : 1))
    const order = { epoch: head.epoch + 1, cut, lastCertificate: head.certificateBlock }
    const checkpoint = this.#ledger.nextCheckpoint(await this.#ledger.execute(order), head.time + epochMs)
    const checkpointBlock = encodeCheckpoint(checkpoint)
    const id = Cid.of(crypto, checkpointBlock)
    const vote: Vote = { type: 'precommit', epoch: order.epoch, round: 0, checkpoint: id, validRound: -1 }
    const signature = keyOf('vote').sign(messageBytes(chain, vote))
    const certificate = certificateOf([{ ...vote, validator: 0, signature }])
    const certificateBlock = encodeCertificate(certificate)
    await this.#ledger.finalize({ ...order, checkpoint, checkpointBlock, certificate, certificateBlock })
  }
}
