import type { AccountKey } from '../../consensus/account.ts'
import { type Certificate, certificateFault, isCommit } from '../../consensus/agreement/certificate.ts'
import type { ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { equalBytes } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Value } from '../../consensus/cbor/value.ts'
import type { Checkpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import type { Cut } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import { CutError } from '../../consensus/ledger/cut-rules.ts'
import { guiltyOf } from '../../consensus/light/following/guilty.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { MissingBatchError } from '../engine/cut-parts.ts'
import type { EngineClient } from '../engine/engine-client.ts'
import type { CommittedEpoch, ExecutedEpoch, ExecuteOrder } from '../engine/executed-epoch.ts'
import type { Store } from '../store/store.ts'
import { type ChainHead, readAccount, readChainHead } from './chain-head.ts'
import { ForkedError } from './forked-error.ts'

/** T4: more than 2/3 of the stake decided something that this node computes differently. It applies nothing and stops. */
export class DivergedError extends LedgerError {
  /** Whether the cut is the checkpoint's beyond doubt: its batches and what became of them here are. */
  readonly isCutProven: boolean

  constructor(epoch: number, differing: readonly string[], isCutProven: boolean) {
    super(
      'diverged',
      `epoch ${epoch} was decided with another ${differing.join(', ')} than this node computes; nothing was applied`,
      { epoch, differing },
      'run openledger verify on the data; if it is clean, report this epoch: it is a bug in this version or in the others',
    )
    this.isCutProven = isCutProven
  }
}

/** A decided epoch, ready to be written. */
export interface DecidedEpoch {
  readonly epoch: number
  readonly checkpoint: Checkpoint
  readonly checkpointBlock: Uint8Array
  readonly certificate: Certificate
  readonly certificateBlock: Uint8Array
  readonly cut: Cut
  /** The certificate of the epoch before that the checkpoint names, as a block; null in epoch 1. */
  readonly lastCertificate: Uint8Array | null
}

/** The final ledger of this node: where it stands, and the one way forward. */
export class Ledger {
  readonly store: Store
  readonly chain: Cid
  /** For all who check signatures on behalf of this ledger. */
  readonly crypto: Crypto
  readonly #engine: Pick<EngineClient, 'execute' | 'commit'>
  readonly #listeners = new Set<(head: ChainHead, committed: CommittedEpoch) => void>()
  #head: ChainHead
  /** What was found good, and on which head: a decision is checked before its batches are fetched, and when it is its turn. */
  #checked: { readonly decided: DecidedEpoch; readonly head: ChainHead } | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(store: Store, chain: Cid, engine: Pick<EngineClient, 'execute' | 'commit'>, crypto = nativeCrypto) {
    this.store = store
    this.chain = chain
    this.crypto = crypto
    this.#engine = engine
    this.#head = readChainHead(store)
  }

  get head(): ChainHead {
    return this.#head
  }

  account(author: AccountKey): AccountCell {
    return readAccount(this.store, author)
  }

  /** Calls `listener` after each epoch that became final. */
  onEpoch(listener: (head: ChainHead, committed: CommittedEpoch) => void): void {
    this.#listeners.add(listener)
  }

  /** Executes a cut on the head; throws CutError, MissingBatchError, EngineError. */
  execute(order: ExecuteOrder): Promise<ExecutedEpoch> {
    return this.#engine.execute(order)
  }

  /** The checkpoint of the next epoch over an executed cut. */
  nextCheckpoint(executed: ExecutedEpoch, time: number): Checkpoint {
    const { epoch, cid, certificateBlock } = this.#head
    return {
      chain: this.chain,
      epoch: epoch + 1,
      prev: cid,
      time,
      batchesRoot: executed.batchesRoot,
      flowRoot: executed.flowRoot,
      payoutRoot: executed.payoutRoot,
      stateRoot: executed.stateRoot,
      totals: executed.totals,
      usage: executed.usage,
      validators: new Cid(executed.validators),
      nextValidators: new Cid(executed.nextValidators),
      params: new Cid(executed.params),
      lastCertificate: certificateBlock === null ? null : Cid.of(this.crypto, certificateBlock),
    }
  }

  /**
   * Names of the fields in which a proposed or decided checkpoint differs from what execution says. `lastCertificate` isn't
   * among them: nodes may hold different sets of signatures for the newest decision, and execution takes the one that is named.
   */
  differences(checkpoint: Checkpoint, executed: ExecutedEpoch): string[] {
    const own = this.nextCheckpoint(executed, checkpoint.time)
    const fields = Object.keys(own) as (keyof Checkpoint)[]
    return fields.filter(
      field => field !== 'lastCertificate' && !equalBytes(encodeField(checkpoint[field]), encodeField(own[field])),
    )
  }

  /**
   * Writes a decided epoch, unless it is final already. The certificate is verified against the set in office. Throws
   * DivergedError where execution disagrees, MissingBatchError where a batch isn't here.
   */
  finalize(decided: DecidedEpoch): Promise<void> {
    const done = this.#turn.then(() => this.#finalize(decided))
    this.#turn = done.catch(() => {})
    return done
  }

  async #finalize(decided: DecidedEpoch): Promise<void> {
    const { epoch, checkpoint, cut, lastCertificate } = decided
    if (epoch !== this.#head.epoch + 1) return
    this.checkCertificate(decided)
    const differing = this.differences(checkpoint, await this.#executeDecided(decided))
    if (differing.length > 0) throw new DivergedError(epoch, differing, !differing.includes('batchesRoot'))
    const committed = await this.#engine.commit({
      epoch,
      cut,
      lastCertificate,
      checkpoint: decided.checkpointBlock,
      certificate: decided.certificateBlock,
    })
    this.#head = readChainHead(this.store)
    for (const listener of this.#listeners) listener(this.#head, committed)
  }

  async #executeDecided({ epoch, cut, lastCertificate }: DecidedEpoch): Promise<ExecutedEpoch> {
    try {
      return await this.#engine.execute({ epoch, cut, lastCertificate })
    } catch (error) {
      if (!(error instanceof CutError) || error instanceof MissingBatchError) throw error
      throw new DivergedError(epoch, [`cut (${error.message})`], false)
    }
  }

  /**
   * Throws LedgerError `certificate` unless it makes the checkpoint final in the epoch after the head, and the last certificate is
   * the one that the checkpoint names: that its signatures are good is what the quorum vouches for. Throws ForkedError where it does,
   * but on another checkpoint than the head.
   */
  checkCertificate(decided: DecidedEpoch): void {
    if (this.#checked?.decided === decided && this.#checked.head === this.#head) return
    this.#checkCertificate(decided)
    this.#checked = { decided, head: this.#head }
  }

  /**
   * For a decided epoch that is final here: throws ForkedError where it is the head's and was decided otherwise, LedgerError
   * `certificate` where it wasn't decided at all. Older ones aren't looked at: what differs there differs at the head, too.
   */
  expectSame(decided: DecidedEpoch): void {
    const { epoch, cid, checkpoint, certificate, previous } = this.#head
    if (decided.epoch !== epoch || checkpoint === null || certificate === null) return
    const other = Cid.of(this.crypto, decided.checkpointBlock)
    if (other.equals(cid)) return
    this.#expectCommit(decided, previous)
    const guilty = guiltyOf(this.crypto, [
      { checkpoint, validators: previous, certificate },
      { checkpoint: decided.checkpoint, validators: previous, certificate: decided.certificate },
    ])
    throw new ForkedError(epoch, `in epoch ${epoch} ${cid} is final here, and ${other} was decided as well`, guilty)
  }

  #checkCertificate(decided: DecidedEpoch): void {
    const { epoch, checkpoint, lastCertificate } = decided
    const { epoch: head, cid, validators } = this.#head
    // Of a later one the same set may have signed, and it is no fork that it isn't on the head.
    if (epoch !== head + 1)
      throw new LedgerError('certificate', `epoch ${epoch} doesn't follow epoch ${head}`, { epoch })
    const named = checkpoint.lastCertificate
    const isNamed =
      lastCertificate === null ? named === null : named?.equals(Cid.of(this.crypto, lastCertificate)) === true
    if (!isNamed) throw new LedgerError('certificate', `not the last certificate that epoch ${epoch} names`, { epoch })
    this.#expectCommit(decided, validators)
    if (!checkpoint.prev.equals(cid))
      throw new ForkedError(epoch, `epoch ${epoch} was decided on ${checkpoint.prev}, and ${cid} is final here`, [])
  }

  #expectCommit({ epoch, checkpointBlock, certificate }: DecidedEpoch, set: ValidatorSet): void {
    const id = Cid.of(this.crypto, checkpointBlock)
    const names = isCommit(certificate) && certificate.epoch === epoch && certificate.checkpoint.equals(id)
    const fault = names ? certificateFault(this.crypto, this.chain, set, certificate) : 'not-a-commit'
    if (fault !== undefined)
      throw new LedgerError('certificate', `certificate of epoch ${epoch}: ${fault}`, { epoch, fault })
  }
}

function encodeField(value: unknown): Uint8Array {
  return encode(value as Value)
}
