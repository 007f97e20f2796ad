/** A whole network in memory: the real ledger, without disk, sockets and agreement. Epochs end when somebody asks for them. */

import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import { type Batch, type BatchBytes, openBatch } from '../../consensus/batch.ts'
import { type ByteKey, compareKeys, toHex, toKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import { encodeGenesis, type Genesis, newGenesis } from '../../consensus/genesis.ts'
import { accountCellKey, accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { type AuthorPart, type EpochResult, executeEpoch } from '../../consensus/ledger/execute.ts'
import { genesisState } from '../../consensus/ledger/genesis-state.ts'
import { testnetParams } from '../../consensus/params.ts'
import type { EpochStatus } from '../../src/api/node-view.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import { type SigningKey, signingKey } from '../../src/crypto/signing-key.ts'
import { deriveSeed } from '../../src/keys/derive-seed.ts'

export const networkSeed = 7

export function keyOf(actor: string): SigningKey {
  return signingKey(deriveSeed(networkSeed, 'account', actor))
}

/** A genesis with one validator and the given balances (µOPEN) by actor. */
export function genesisOf(funds: ReadonlyMap<string, number>): Genesis {
  const validator = { account: toKey(keyOf('val').publicKey), key: keyOf('vote').publicKey }
  return newGenesis({
    name: 'memory',
    time: 0,
    params: testnetParams,
    accounts: [...funds].map(([actor, amount]) => [toKey(keyOf(actor).publicKey), amount]),
    validators: [{ ...validator, stake: 1_000_000_000, commission: 100_000, name: 'val' }],
  })
}

export class MemoryLedger {
  readonly chain: Cid
  readonly epochs: EpochStatus[] = []
  readonly results: EpochResult[] = []
  readonly batches = new Map<ByteKey, { batch: Batch; bytes: number }>()
  readonly #state: Map<ByteKey, Uint8Array>
  readonly #pages: Map<ByteKey, Uint8Array>

  constructor(genesis: Genesis) {
    this.chain = Cid.of(nativeCrypto, encodeGenesis(genesis))
    const { state, pages } = genesisState(nativeCrypto, genesis)
    this.#state = new Map(state)
    this.#pages = new Map([...pages].filter((page): page is [ByteKey, Uint8Array] => page[1] !== null))
  }

  open(bytes: BatchBytes): Batch {
    return openBatch(nativeCrypto, this.chain, bytes)
  }

  account(account: AccountKey) {
    const cell = this.#state.get(accountCellKey(account))
    return cell === undefined ? undefined : decodeCell(accountCodec, cell)
  }

  accounts(): AccountKey[] {
    const prefix = accountCellKey('')
    return [...this.#state.keys()].filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length))
  }

  /** Executes what follows the authors' heads; false where nothing does. */
  finalize(held: Iterable<{ batch: Batch; bytes: number }>): boolean {
    const parts = this.#parts(held)
    if (parts.length === 0) return false
    const source = {
      get: (key: ByteKey) => this.#state.get(key),
      keysFrom: (prefix: ByteKey) => [...this.#state.keys()].filter(key => key.startsWith(prefix)).sort(compareKeys),
    }
    const pages = { get: (key: ByteKey) => this.#pages.get(key) }
    const epoch = this.epochs.length + 1
    const result = executeEpoch(nativeCrypto, source, pages, { chain: this.chain, epoch, parts, lastSigners: [] })
    put(this.#state, result.state)
    put(this.#pages, result.pages)
    for (const part of parts) for (const batch of part.batches()) this.batches.set(batch.cid.key, { batch, bytes: 0 })
    this.results.push(result)
    this.epochs.push(statusOf(epoch, result))
    return true
  }

  #parts(held: Iterable<{ batch: Batch; bytes: number }>): AuthorPart[] {
    const bySeq = [...held].sort((a, b) => a.batch.seq - b.batch.seq)
    const parts = new Map<AccountKey, { bytes: number; batches: Batch[] }>()
    for (const { batch, bytes } of bySeq) {
      const author = toKey(batch.author)
      const part = parts.get(author) ?? { bytes: 0, batches: [] }
      const { seq, head } = this.account(author) ?? emptyAccount
      const last = part.batches.at(-1)
      const [lastSeq, lastCid] = last === undefined ? [seq, head] : [last.seq, last.cid]
      if (batch.seq !== lastSeq + 1 || batch.prev?.key !== lastCid?.key) continue
      part.batches.push(batch)
      parts.set(author, { ...part, bytes: part.bytes + bytes })
    }
    return [...parts].map(([author, { bytes, batches }]) => ({ author, bytes, batches: () => batches }))
  }
}

function put(target: Map<ByteKey, Uint8Array>, changes: ReadonlyMap<ByteKey, Uint8Array | null>): void {
  for (const [key, value] of changes) {
    if (value === null) target.delete(key)
    else target.set(key, value)
  }
}

function statusOf(epoch: number, result: EpochResult): EpochStatus {
  return {
    epoch,
    cid: Cid.of(nativeCrypto, result.stateRoot).toString(),
    time: epoch,
    roots: {
      batches: toHex(result.batchesRoot),
      flow: toHex(result.flowRoot),
      payout: toHex(result.payoutRoot),
      state: toHex(result.stateRoot),
    },
    totals: result.totals,
    usage: result.usage,
    batches: result.outcomes.map(({ author, batch, seq, codes }) => ({
      author: accountKeyText(author),
      cid: batch.toString(),
      seq,
      codes: toHex(codes),
    })),
  }
}
