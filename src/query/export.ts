import { accountKeyText } from '../../consensus/account.ts'
import { decodeCertificate } from '../../consensus/agreement/certificate.ts'
import { decodeValidatorSet, type ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { CreditLine } from '../../consensus/ledger/flow/payouts.ts'
import { isFailed } from '../../consensus/ledger/outcome.ts'
import { refKeyText, refText } from '../../consensus/ref.ts'
import type { ExportKind, ExportLine } from '../api/node-view.ts'
import { openText } from '../decimal.ts'
import { recordText } from '../records/text.ts'
import { CorruptError } from '../store/errors.ts'
import { blockKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import { checkpointText } from './epoch.ts'
import { epochPayouts } from './epoch-payouts.ts'
import { eachFinalBatch, recordsOf } from './final-batches.ts'
import { codeText } from './record.ts'

type EpochLines = (store: Store, epoch: number) => Iterable<ExportLine> | AsyncIterable<ExportLine>

/** The lines of one epoch, for each kind of export. */
export const epochLines: Readonly<Record<ExportKind, EpochLines>> = {
  records: recordLines,
  checkpoints: checkpointLines,
  payouts: payoutLines,
}

/** `{epoch, ref, author, kind, …fields, outcome, code?}` in the order of `batchesRoot`. */
async function* recordLines(store: Store, epoch: number): AsyncGenerator<ExportLine> {
  for await (const { cid, author, outcome } of eachFinalBatch(store, epoch)) {
    const name = accountKeyText(author)
    for (const [index, record] of recordsOf(store, cid).entries()) {
      const named = { epoch, ref: refText([cid, index]), author: name, kind: record.kind }
      yield { ...named, ...recordText(record, cid), ...outcomeText(outcome.codes[index]!) }
    }
  }
}

/** What failed says why. */
function outcomeText(code: number): { outcome: string; code?: string } {
  return isFailed(code) ? { outcome: 'failed', code: codeText(code) } : { outcome: codeText(code) }
}

/** `{epoch, cid, time, roots, totals, usage, round, signers [{account, stake}]}` */
function* checkpointLines(store: Store, epoch: number): Generator<ExportLine> {
  const record = store.epochs.get(epoch)
  if (record === undefined) return
  const text = checkpointText(record.checkpoint)
  const certificate = decodeCertificate(record.certificate)
  const voters = votersOf(store, record.checkpoint)
  yield {
    ...text,
    totals: Object.fromEntries(Object.entries(text.totals).map(([name, amount]) => [name, openText(amount)])),
    round: certificate.round,
    signers: certificate.signatures.map(([validator]) => {
      const { account, stake } = voters[validator]!
      return { account: accountKeyText(account), stake: openText(stake) }
    }),
  }
}

function votersOf(store: Store, checkpoint: Uint8Array): ValidatorSet {
  const { validators } = decodeCheckpoint(checkpoint)
  const block = store.blocks.get(validators)
  if (block === undefined) throw new CorruptError(blockKey(validators), 'missing, though a checkpoint names it')
  return decodeValidatorSet(block)
}

/** `{epoch, account, amount, lines [{role, source, amount}]}` by account. */
async function* payoutLines(store: Store, epoch: number): AsyncGenerator<ExportLine> {
  for await (const { account, amount, lines } of epochPayouts(store, epoch)) {
    yield {
      epoch,
      account: accountKeyText(account),
      amount: openText(amount),
      lines: lines.map(line => ({ role: line.role, source: sourceText(line), amount: openText(line.amount) })),
    }
  }
}

const accountLength = 32

/** A model, an agent or an asset; for operators a validator. */
export function sourceText({ source }: CreditLine): string {
  return source.length === accountLength ? accountKeyText(source) : refKeyText(source)
}
