import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ByteKey, equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import { type Checkpoint, decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import { parseCut } from '../../consensus/cut.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import { type EpochResult, executeEpoch } from '../../consensus/ledger/execute.ts'
import { genesisState } from '../../consensus/ledger/genesis-state.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { cutParts } from '../engine/cut-parts.ts'
import { openEpoch } from '../engine/epoch-opening.ts'
import { epochWrite } from '../engine/epoch-write.ts'
import type { Cells } from '../store/cells.ts'
import type { EpochWrite } from '../store/epoch-write.ts'
import { blockKey, chunkKey, epochKey, outcomeKey, pageKey, stateKey } from '../store/keys.ts'
import { Store } from '../store/store.ts'
import type { Findings } from './findings.ts'
import type { Live } from './live.ts'

/** The ledger executed a second time, from its genesis, in a folder of its own that goes away with it. */
export class Replay {
  readonly twin: Store
  readonly #dir: string
  readonly #store: Store
  readonly #chain: Cid
  readonly #live: Live
  readonly #findings: Findings

  private constructor(dir: string, twin: Store, store: Store, chain: Cid, live: Live, findings: Findings) {
    this.#dir = dir
    this.twin = twin
    this.#store = store
    this.#chain = chain
    this.#live = live
    this.#findings = findings
  }

  static async begin(store: Store, genesis: Uint8Array, live: Live, findings: Findings): Promise<Replay> {
    const dir = await mkdtemp(join(tmpdir(), 'openledger-verify-'))
    const twin = await Store.open(dir, { create: true, multithreading: false })
    const { state, pages } = genesisState(nativeCrypto, decodeGenesis(genesis))
    await twin.write([...twin.state.ops(state), ...twin.pages.ops(pages)], { sync: false })
    return new Replay(dir, twin, store, Cid.of(nativeCrypto, genesis), live, findings)
  }

  async end(): Promise<void> {
    await this.twin.close()
    await rm(this.#dir, { recursive: true, force: true })
  }

  /** Executes the next epoch and compares all that it leaves behind. False where later epochs can't be executed on it. */
  async epoch(epoch: number): Promise<boolean> {
    const key = epochKey(epoch)
    const write = await this.#findings.attemptAsync(key, () => this.#execute(epoch))
    if (write === undefined) return false
    this.#compare(write)
    await this.twin.write([...this.twin.state.ops(write.state), ...this.twin.pages.ops(write.pages)], { sync: false })
    return true
  }

  /** At the end: whether the stored cells and pages are those that the execution came to. */
  async compareState(): Promise<void> {
    await this.#compareCells(this.twin.state, this.#store.state, stateKey)
    await this.#compareCells(this.twin.pages, this.#store.pages, pageKey)
  }

  async #compareCells(twins: Cells, cells: Cells, storeKey: (key: ByteKey) => Uint8Array): Promise<void> {
    for await (const [key, expected] of twins.scan()) {
      this.#expect(storeKey(key), expected, () => cells.get(key))
    }
  }

  /** Undefined where the epoch can't be executed, or comes to other roots: then every later state would differ as well. */
  async #execute(epoch: number): Promise<EpochWrite | undefined> {
    const record = this.#store.epochs.get(epoch)
    if (record === undefined) return undefined
    const last = this.#store.epochs.get(epoch - 1)?.certificate ?? null
    const { view, lastSigners } = await openEpoch(this.twin, epoch, last)
    try {
      const parts = cutParts(this.#store, view.state, this.#chain, parseCut(decode(record.cut)))
      const input = { chain: this.#chain, epoch, parts, lastSigners }
      const result = executeEpoch(nativeCrypto, view.state, view.pages, input)
      const write = epochWrite(result, record, epoch, last)
      const differing = differences(result, write, decodeCheckpoint(record.checkpoint))
      if (differing.length === 0) return write
      this.#findings.add(epochKey(epoch), `executed again, it has another ${differing.join(', ')}`)
      return undefined
    } finally {
      await view.close()
    }
  }

  #compare({ epoch, outcomes, payoutChunks, flowChunks, blocks }: EpochWrite): void {
    for (const [batch, outcome] of outcomes) {
      this.#expect(outcomeKey(batch), encodeOutcome(outcome), () => {
        const stored = this.#store.outcomes.get(batch)
        return stored && encodeOutcome(stored)
      })
    }
    for (const block of blocks) {
      const cid = Cid.of(nativeCrypto, block)
      this.#expect(blockKey(cid), block, () => this.#store.blocks.get(cid))
    }
    this.#compareChunks('payouts', epoch, payoutChunks)
    this.#compareChunks('flows', epoch, flowChunks)
  }

  #compareChunks(section: 'payouts' | 'flows', epoch: number, chunks: readonly Uint8Array[]): void {
    const stored = this.#store[section]
    for (const [number, chunk] of chunks.entries()) {
      this.#expect(chunkKey(section, epoch, number), chunk, () => stored.get(epoch, number))
    }
    this.#live.chunks(section, epoch, chunks.length)
  }

  #expect(key: Uint8Array, expected: Uint8Array, read: () => Uint8Array | undefined): void {
    this.#findings.attempt(key, () => {
      const stored = read()
      if (stored === undefined) this.#findings.add(key, 'missing')
      else if (!equalBytes(stored, expected)) this.#findings.add(key, 'not what execution gives')
    })
  }
}

function encodeOutcome(outcome: { epoch: number; codes: Uint8Array; settled: readonly number[] }): Uint8Array {
  return encode([outcome.epoch, outcome.codes, outcome.settled])
}

const roots = ['batchesRoot', 'flowRoot', 'payoutRoot', 'stateRoot'] as const

/** What a checkpoint says of an epoch and execution doesn't. */
function differences(result: EpochResult, { blocks }: EpochWrite, checkpoint: Checkpoint): string[] {
  const differing: string[] = roots.filter(root => !equalBytes(result[root], checkpoint[root]))
  for (const name of ['totals', 'usage'] as const) {
    const [own, said] = [result[name], checkpoint[name]].map(counts => encode(counts as unknown as Value))
    if (!equalBytes(own!, said!)) differing.push(name)
  }
  for (const [i, name] of (['validators', 'nextValidators', 'params'] as const).entries()) {
    if (!Cid.of(nativeCrypto, blocks[i]!).equals(checkpoint[name])) differing.push(name)
  }
  return differing
}
