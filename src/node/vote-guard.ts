import type { Message } from '../../consensus/agreement/message.ts'
import { isQuorum, totalStake, type ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { type ByteKey, toKey } from '../../consensus/bytes.ts'
import type { Log } from '../../network/log.ts'
import { guardWaiting, readFresh } from '../store/guard.ts'
import type { Slot } from '../store/slot.ts'
import { type AgreementMessage, epochOf } from './agreement-messages.ts'
import type { ChainHead } from './chain-head.ts'
import { clockDifferenceMsMax } from './clock-check.ts'

export interface VoteGuardOptions {
  /** Holds something while the guard is up. */
  readonly slot: Slot
  /** The own vote key, 32 bytes. */
  readonly key: Uint8Array
  /** Epoch of the head. */
  readonly epoch: number
  /** Whether the head is the network's, as far as the node can tell. */
  readonly isCurrent: () => boolean
  readonly log: Log
}

/** From the newest epoch that more than 2/3 of the stake is in, the node votes so many later. */
const epochsAfter = 2
/** And so many after the last in which somebody voted with its key: as many go by without. */
const epochsAfterOwn = 3

/**
 * T7 for a validator whose past isn't here, because it was restored from a backup or joined anew: nobody knows what it signed in the epoch
 * under way, or whether it still runs elsewhere. It votes only from two epochs after the newest that more than 2/3 of the stake
 * reports, as each report is a signed message of the agreement; and not as long as another node votes with its key. A message is a
 * report only while the head is the network's: before, anybody can repeat a true one of an epoch long past. Who is the only one in the
 * set has nobody to wait for.
 *
 * A validator that begins at the genesis may be among the first, for whom all would wait: it votes, until the first epoch is final. If it
 * had no part in that, the ledger was under way before it began, and it waits from then on.
 */
export class VoteGuard {
  readonly #slot: Slot
  readonly #key: ByteKey
  readonly #isCurrent: () => boolean
  readonly #log: Log
  /** The newest epoch that each vote key was heard in. */
  readonly #reports = new Map<ByteKey, number>()
  #isUp: boolean
  /** It begins at the genesis: when it began. */
  #begunMs: number | undefined
  #firstEpoch: number | undefined
  #ownEpoch = 0
  #isWarned = false

  constructor({ slot, key, epoch, isCurrent, log }: VoteGuardOptions) {
    this.#slot = slot
    this.#key = toKey(key)
    this.#isCurrent = isCurrent
    this.#log = log
    const begunMs = readFresh(slot.get())
    this.#begunMs = epoch === 0 ? begunMs : undefined
    this.#isUp = slot.get() !== undefined && this.#begunMs === undefined
    if (this.#isUp) log.warn({}, 'what this validator signed before is not here: it waits two epochs before it votes')
  }

  /** `key` is undefined for a node that doesn't vote. */
  static of({
    key,
    ...options
  }: Omit<VoteGuardOptions, 'key'> & { key: Uint8Array | undefined }): VoteGuard | undefined {
    return key && new VoteGuard({ ...options, key })
  }

  /** Why it doesn't vote yet, for people; null where it may. */
  get waits(): string | null {
    if (!this.#isUp) return null
    if (this.#ownEpoch > 0)
      return `somebody votes with its key, last in epoch ${this.#ownEpoch}: it waits until that has stopped`
    const past = 'what it signed before is not here'
    if (this.#firstEpoch !== undefined) return `${past}: it votes from epoch ${this.#firstEpoch} on`
    return `${past}: it waits until it has caught up and heard more than 2/3 of the stake, and two epochs more`
  }

  /** The index of its key in the set of an epoch that begins, if it may vote there. */
  seat(epoch: number, set: ValidatorSet): number | undefined {
    if (!this.mayVote(epoch, set)) return undefined
    const index = set.findIndex(({ key }) => toKey(key) === this.#key)
    return index === -1 ? undefined : index
  }

  /** A message whose signatures were verified against `set`, the one of its epoch. */
  heard(message: AgreementMessage, set: ValidatorSet): void {
    if (!this.#isUp) return
    const epoch = epochOf(message)
    const signers = signersOf(message).map(validator => toKey(set[validator]!.key))
    if (signers.includes(this.#key)) this.#noteOwn(epoch)
    if (!this.#isCurrent()) {
      this.#forget()
      return
    }
    for (const key of signers) this.#reports.set(key, Math.max(epoch, this.#reports.get(key) ?? 0))
    this.#judge(set)
  }

  /** An epoch that became final, who signed that, and what this node signed in it. */
  final(head: ChainHead, own: readonly Message[]): void {
    if (this.#begunMs !== undefined) this.#endBeginning(head, own, this.#begunMs)
    if (!this.#isUp) return
    const { epoch, certificate, previous } = head
    for (const [validator] of certificate?.signatures ?? []) {
      if (toKey(previous[validator]!.key) === this.#key) this.#noteOwn(epoch)
    }
  }

  /**
   * It was there when the first epoch was decided if it voted for that; or if it voted, and the epoch isn't older than its folder. Who
   * had been cut off for a while signed something too, in an epoch long past.
   */
  #endBeginning({ cid, time }: ChainHead, own: readonly Message[], begunMs: number): void {
    this.#begunMs = undefined
    const isAgreed = own.some(({ checkpoint }) => checkpoint?.equals(cid))
    this.#isUp = !isAgreed && (own.length === 0 || time < begunMs - clockDifferenceMsMax)
    // If this is lost in a crash, it waits.
    void this.#slot.put(this.#isUp ? guardWaiting : null, { sync: true }).catch(() => {})
    if (this.#isUp)
      this.#log.warn({}, 'the ledger was under way before this validator began: it waits two epochs before it votes')
  }

  /** Asked when an epoch begins, with its set. Once it has said yes, the guard is down for good. */
  mayVote(epoch: number, set: ValidatorSet): boolean {
    if (!this.#isUp) return true
    const others = set.filter(({ key }) => toKey(key) !== this.#key)
    if (others.length > 0 && !this.#isLate(epoch, set, totalStake(others))) return false
    this.#isUp = false
    // If this is lost in a crash, it waits once more.
    void this.#slot.put(null, { sync: true }).catch(() => {})
    this.#log.info({ epoch }, 'this validator votes from here on')
    return true
  }

  #isLate(epoch: number, set: ValidatorSet, others: number): boolean {
    if (!isQuorum(others, totalStake(set))) this.#warnOfStall()
    const own = this.#ownEpoch === 0 ? 0 : this.#ownEpoch + epochsAfterOwn
    if (this.#firstEpoch === undefined || epoch < Math.max(this.#firstEpoch, own)) return false
    // Peers that are far ahead may have come only now.
    if (this.#isCurrent()) return true
    this.#forget()
    return false
  }

  #forget(): void {
    this.#reports.clear()
    this.#firstEpoch = undefined
  }

  /** Two epochs never go by where the others can't decide: then only its owner knows whether the former node is gone. */
  #warnOfStall(): void {
    if (this.#isWarned) return
    this.#isWarned = true
    this.#log.warn(
      { next: 'if its former node is gone for good, make a backup and restore it with --vote-at-once' },
      'the others have not more than 2/3 of the stake: while this validator waits, nothing is decided',
    )
  }

  #noteOwn(epoch: number): void {
    if (epoch <= this.#ownEpoch) return
    this.#ownEpoch = epoch
    this.#log.warn({ epoch }, 'somebody votes with the key of this validator: it does not, until that has stopped')
  }

  /** The newest epoch that others with more than 2/3 of the stake are in, once there is one, settles from when on it votes. */
  #judge(set: ValidatorSet): void {
    if (this.#firstEpoch !== undefined) return
    const reports = set.flatMap(({ key, stake }) => {
      const epoch = toKey(key) === this.#key ? undefined : this.#reports.get(toKey(key))
      return epoch === undefined ? [] : [{ epoch, stake }]
    })
    let stake = 0
    for (const report of reports.sort((a, b) => b.epoch - a.epoch)) {
      stake += report.stake
      if (!isQuorum(stake, totalStake(set))) continue
      this.#firstEpoch = report.epoch + epochsAfter
      this.#log.info({ epoch: report.epoch, firstEpoch: this.#firstEpoch }, 'more than 2/3 of the stake was heard')
      return
    }
  }
}

function signersOf(message: AgreementMessage): number[] {
  if (message.kind === 'proposal') return [message.proposal.validator]
  if (message.kind === 'vote') return [message.vote.validator]
  return message.certificate.signatures.map(([validator]) => validator)
}
