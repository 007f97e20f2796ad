import { certificateFault, decodeCertificate, isCommit } from '../../consensus/agreement/certificate.ts'
import type { Question } from '../../consensus/agreement/input.ts'
import type { ProposedValue } from '../../consensus/agreement/proposal.ts'
import { type Checkpoint, decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Cut } from '../../consensus/cut.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { CutError, roundBytesMax } from '../../consensus/ledger/cut-rules.ts'
import { Counts } from '../../network/counts.ts'
import type { PeerText } from '../../network/peer.ts'
import { MissingBatchError } from '../engine/cut-parts.ts'
import type { BatchFetcher } from './batch-fetcher.ts'
import { type CutContext, censoredBatch } from './cut-builder.ts'
import type { Ledger } from './ledger.ts'

/** T10: how far ahead of the own clock a fresh proposal may be, in ms. */
const aheadMsMax = 10_000

/** Why a value isn't valid; undefined where it is. */
export type Refusal = string | undefined

/** What was looked at when a value was refused. */
export const refusalSteps = ['checkpoint', 'header', 'time', 'cut', 'execution'] as const
export type RefusalStep = (typeof refusalSteps)[number]

export interface JudgeOptions {
  readonly ledger: Ledger
  readonly fetcher: Pick<BatchFetcher, 'completeProposed'>
  readonly context: () => CutContext
  readonly now: () => number
}

/** T4, valid(v): held in full, durably, and executed to the same roots; if fresh also T5, T10, T11. */
export class ValueJudge {
  /** How many values were refused, by the step that did. */
  readonly refused = new Counts<RefusalStep>()
  readonly #options: JudgeOptions

  constructor(options: JudgeOptions) {
    this.#options = options
  }

  /** 'missing' while batches can't be had: no verdict yet, the caller tries again. */
  async judge(
    value: ProposedValue,
    question: Question,
    from: PeerText | undefined,
    signal: AbortSignal,
  ): Promise<Refusal | 'missing'> {
    const checkpoint = readCheckpoint(value.checkpoint)
    if (checkpoint === undefined) return this.#counted('checkpoint', 'malformed checkpoint')
    const refusal =
      this.#counted('header', this.#refuseHeader(checkpoint, value)) ??
      (question.fresh ? this.#counted('time', this.#refuseTime(checkpoint)) : undefined)
    if (refusal !== undefined) return refusal
    const { ledger, fetcher } = this.#options
    const held = await fetcher.completeProposed(value.cut, from, signal).catch(ruleOf)
    if (typeof held === 'string') return this.#counted('cut', held)
    if (!held) return 'missing'
    if (question.fresh) {
      const unfair = this.#counted('cut', this.#refuseCut(value.cut, question.round))
      if (unfair !== undefined) return unfair
    }
    await ledger.store.sync()
    const outcome = await this.#refuseExecution(checkpoint, value)
    return outcome === 'missing' ? outcome : this.#counted('execution', outcome)
  }

  #counted(step: RefusalStep, refusal: Refusal): Refusal {
    if (refusal !== undefined) this.refused.add(step)
    return refusal
  }

  #refuseHeader(checkpoint: Checkpoint, value: ProposedValue): Refusal {
    const { ledger } = this.#options
    const { head } = ledger
    if (!checkpoint.chain.equals(ledger.chain)) return 'another chain'
    if (checkpoint.epoch !== head.epoch + 1 || !checkpoint.prev.equals(head.cid)) return 'not on the head'
    if (checkpoint.time <= head.time) return 'T10: not later than the checkpoint before'
    return this.#refuseLastCertificate(checkpoint, value.lastCertificate)
  }

  #refuseLastCertificate({ lastCertificate }: Checkpoint, block: Uint8Array | null): Refusal {
    const { ledger } = this.#options
    const { head, chain, crypto } = ledger
    if (block === null || lastCertificate === null) {
      return block === null && lastCertificate === null && head.epoch === 0 ? undefined : 'no last certificate'
    }
    if (!Cid.of(crypto, block).equals(lastCertificate)) return 'another last certificate than it names'
    try {
      const certificate = decodeCertificate(block)
      const isOfHead =
        isCommit(certificate) && certificate.epoch === head.epoch && certificate.checkpoint.equals(head.cid)
      if (!isOfHead) return 'a last certificate of something else'
      return certificateFault(crypto, chain, head.previous, certificate)
    } catch (error) {
      if (error instanceof LedgerError) return error.message
      throw error
    }
  }

  #refuseTime(checkpoint: Checkpoint): Refusal {
    return checkpoint.time > this.#options.now() + aheadMsMax ? 'T10: ahead of the clock' : undefined
  }

  #refuseCut(cut: Cut, round: number): Refusal {
    const context = this.#options.context()
    const bytes = this.#cutBytes(cut)
    if (bytes > roundBytesMax(context.params, round)) return 'T5: too large for its round'
    if (round > 0) return undefined
    const censored = censoredBatch(context, cut, bytes)
    return censored === undefined ? undefined : `T11: leaves out batch ${censored.cid}`
  }

  #cutBytes(cut: Cut): number {
    const { mempool, account } = this.#options.context()
    let bytes = 0
    for (const { author, batch, seq } of cut) {
      const { seq: final } = account(author)
      let at: Cid | null = batch
      for (let expected = seq; at !== null && expected > final; expected--) {
        const held = mempool.get(at)
        bytes += held?.bytes ?? 0
        at = held?.prev ?? null
      }
    }
    return bytes
  }

  async #refuseExecution(
    checkpoint: Checkpoint,
    { cut, lastCertificate }: ProposedValue,
  ): Promise<Refusal | 'missing'> {
    const { ledger } = this.#options
    try {
      const executed = await ledger.execute({ epoch: checkpoint.epoch, cut, lastCertificate })
      const differing = ledger.differences(checkpoint, executed)
      return differing.length === 0 ? undefined : `another ${differing.join(', ')}`
    } catch (error) {
      if (error instanceof MissingBatchError) return 'missing'
      return ruleOf(error)
    }
  }
}

/** Which rule of cuts an error speaks of; throws all others. */
function ruleOf(error: unknown): string {
  if (error instanceof CutError) return error.message
  throw error
}

function readCheckpoint(block: Uint8Array): Checkpoint | undefined {
  try {
    return decodeCheckpoint(block)
  } catch (error) {
    if (error instanceof LedgerError) return undefined
    throw error
  }
}
