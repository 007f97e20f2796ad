import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import { certificateFault, decodeCertificate, isCommit } from '../../consensus/agreement/certificate.ts'
import { decodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import type { BatchHeader } from '../../consensus/batch.ts'
import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { type Checkpoint, decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import { type CutEntry, parseCut } from '../../consensus/cut.ts'
import { type BatchOutcome, batchesRoot } from '../../consensus/ledger/execute.ts'
import { decodeFlows } from '../../consensus/ledger/flow/codec.ts'
import { Committer } from '../../consensus/ledger/flow/commitment.ts'
import { decodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import { checkParams } from '../../consensus/params.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { EpochRecord } from '../store/epochs.ts'
import { blockKey, chunkKey, epochKey, outcomeKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import { type CheckedBatch, checkBatch } from './check-batch.ts'
import type { Findings } from './findings.ts'
import type { Live } from './live.ts'

/** How far the checked epochs reach; changed by each. */
export interface Progress {
  readonly chain: Cid
  /** The checkpoint before, if it was sound; the genesis before epoch 1. */
  prev: Cid | undefined
  /** The set that the epoch before named for this one. */
  validators: Cid | undefined
  time: number
  /** Where each author's final chain ends; undefined in a ledger that didn't begin at its genesis. */
  readonly heads: Map<AccountKey, Cid> | undefined
  /** Up to here all batches are as their authors signed them. */
  executableMax: number
}

/** Everything that an epoch's own values show: its checkpoint, who signed it, its batches, and the roots over what is stored of it. */
export async function checkEpoch(
  store: Store,
  epoch: number,
  progress: Progress,
  live: Live,
  findings: Findings,
): Promise<void> {
  const key = epochKey(epoch)
  const record = findings.attempt(key, () => store.epochs.get(epoch) ?? 'missing')
  if (record === 'missing') findings.add(key, 'missing')
  const known = record === undefined || record === 'missing' ? undefined : record
  const checkpoint = known && findings.attempt(key, () => decodeCheckpoint(known.checkpoint))
  if (known === undefined || checkpoint === undefined) {
    progress.prev = undefined
    progress.validators = undefined
    return
  }
  const problem = linkProblem(epoch, checkpoint, progress)
  if (problem !== undefined) findings.add(key, problem)
  checkBlocks(store, checkpoint, live, findings)
  checkCertificate(store, epoch, known, progress.chain, checkpoint, findings)
  await checkCut(store, epoch, known, checkpoint, progress, live, findings)
  await checkPayouts(store, epoch, checkpoint, findings)
  await checkFlows(store, epoch, checkpoint, findings)
  progress.prev = Cid.of(nativeCrypto, known.checkpoint)
  progress.validators = checkpoint.nextValidators
  progress.time = checkpoint.time
}

/** `lastCertificate` is no such link: its proposer may have seen other signatures of the same decision than this node. */
function linkProblem(
  epoch: number,
  checkpoint: Checkpoint,
  { chain, prev, validators, time }: Progress,
): string | undefined {
  if (checkpoint.epoch !== epoch) return `the checkpoint of epoch ${checkpoint.epoch}`
  if (!checkpoint.chain.equals(chain)) return 'a checkpoint of another chain'
  if (prev !== undefined && !checkpoint.prev.equals(prev)) return 'its checkpoint does not follow the one before'
  if (checkpoint.time <= time) return 'its time is not later than that of the epoch before'
  if (validators !== undefined && !checkpoint.validators.equals(validators)) {
    return 'its validators are not those that the epoch before named'
  }
  return undefined
}

function checkBlocks(store: Store, checkpoint: Checkpoint, live: Live, findings: Findings): void {
  const block = (cid: Cid, check: (bytes: Uint8Array) => unknown): void => {
    live.block(cid)
    const key = blockKey(cid)
    findings.attempt(key, () => {
      const bytes = store.blocks.get(cid)
      if (bytes === undefined) findings.add(key, 'missing, though a checkpoint names it')
      else if (!Cid.of(nativeCrypto, bytes).equals(cid)) findings.add(key, 'another block than its key names')
      else check(bytes)
    })
  }
  block(checkpoint.validators, decodeValidatorSet)
  block(checkpoint.nextValidators, decodeValidatorSet)
  block(checkpoint.params, bytes => checkParams(decode(bytes)))
}

function checkCertificate(
  store: Store,
  epoch: number,
  record: EpochRecord,
  chain: Cid,
  checkpoint: Checkpoint,
  findings: Findings,
): void {
  const key = epochKey(epoch)
  const set = findings.attempt(key, () => store.blocks.get(checkpoint.validators))
  findings.attempt(key, () => {
    const certificate = decodeCertificate(record.certificate)
    const cid = Cid.of(nativeCrypto, record.checkpoint)
    if (!isCommit(certificate) || certificate.epoch !== epoch || !certificate.checkpoint.equals(cid)) {
      findings.add(key, 'the certificate is not for this checkpoint')
      return
    }
    if (set === undefined) return
    const fault = certificateFault(nativeCrypto, chain, decodeValidatorSet(set), certificate)
    if (fault !== undefined) findings.add(key, `the certificate does not hold: ${fault}`)
  })
}

async function checkCut(
  store: Store,
  epoch: number,
  record: EpochRecord,
  checkpoint: Checkpoint,
  progress: Progress,
  live: Live,
  findings: Findings,
): Promise<void> {
  const key = epochKey(epoch)
  const cut = findings.attempt(key, () => parseCut(decode(record.cut)))
  if (cut === undefined) return
  const before = findings.count
  const outcomes: BatchOutcome[] = []
  for (const entry of cut) outcomes.push(...(await checkAuthor(store, epoch, entry, progress, live, findings)))
  // What is missing or damaged is named already.
  if (findings.count > before) return
  if (!equalBytes(batchesRoot(nativeCrypto, outcomes), checkpoint.batchesRoot)) {
    findings.add(key, 'the batches and their outcomes are not those of batchesRoot')
  }
}

/** From the last batch that the cut names back to the author's head before. */
async function checkAuthor(
  store: Store,
  epoch: number,
  { author, seq, batch }: CutEntry,
  progress: Progress,
  live: Live,
  findings: Findings,
): Promise<BatchOutcome[]> {
  const { chain, heads } = progress
  const outcomes: BatchOutcome[] = []
  const end = heads?.get(author)
  heads?.set(author, batch)
  let expected = seq
  for (let cid: Cid | null = batch; cid !== null && !(end?.equals(cid) ?? false); expected--) {
    // Without the heads, only outcomes tell where an earlier epoch ends.
    if (heads === undefined && isOfOtherEpoch(store, cid, epoch, findings)) break
    live.batch(cid, { final: true })
    const { header, isSound }: CheckedBatch = await checkBatch(store, chain, cid, findings)
    if (!isSound) progress.executableMax = Math.min(progress.executableMax, epoch - 1)
    const outcome = checkOutcome(store, epoch, cid, header, findings)
    if (header === undefined) {
      findings.add(epochKey(epoch), `it finalizes batch ${cid}, which is not here`)
      return outcomes
    }
    if (header.seq !== expected) findings.add(epochKey(epoch), `a batch of ${accountKeyText(author)} out of its place`)
    if (outcome !== undefined) outcomes.push({ author, seq: header.seq, batch: cid, ...outcome })
    cid = header.prev
  }
  return outcomes.reverse()
}

function isOfOtherEpoch(store: Store, cid: Cid, epoch: number, findings: Findings): boolean {
  const outcome = findings.attempt(outcomeKey(cid), () => store.outcomes.get(cid))
  return outcome === undefined ? !store.batches.has(cid) : outcome.epoch !== epoch
}

function checkOutcome(
  store: Store,
  epoch: number,
  cid: Cid,
  header: BatchHeader | undefined,
  findings: Findings,
): Pick<BatchOutcome, 'codes' | 'settled'> | undefined {
  const key = outcomeKey(cid)
  return findings.attempt(key, () => {
    const outcome = store.outcomes.get(cid)
    if (outcome === undefined) findings.add(key, 'missing, though its batch is final')
    else if (outcome.epoch !== epoch)
      findings.add(key, `of epoch ${outcome.epoch}, though its batch became final in ${epoch}`)
    else if (header !== undefined && outcome.codes.length !== header.count)
      findings.add(key, 'not one code for each record')
    else return outcome
    return undefined
  })
}

async function checkPayouts(
  store: Store,
  epoch: number,
  { payoutRoot }: Checkpoint,
  findings: Findings,
): Promise<void> {
  const key = chunkKey('payouts', epoch, 0)
  await findings.attemptAsync(key, async () => {
    const payouts = []
    for await (const chunk of store.payouts.all(epoch)) payouts.push(...decodePayouts(chunk))
    const credits = new Map(payouts.map(({ account, creditAfter }) => [account, creditAfter]))
    const root = new Committer(nativeCrypto).payoutRoot(payouts, ({ account }) => credits.get(account)!)
    if (!equalBytes(root, payoutRoot)) findings.add(`payouts epoch ${epoch}`, 'not those of payoutRoot')
  })
}

async function checkFlows(store: Store, epoch: number, { flowRoot }: Checkpoint, findings: Findings): Promise<void> {
  const key = chunkKey('flows', epoch, 0)
  await findings.attemptAsync(key, async () => {
    const flows = []
    for await (const chunk of store.flows.all(epoch)) flows.push(...decodeFlows(chunk))
    if (!equalBytes(new Committer(nativeCrypto).flowRoot(flows), flowRoot)) {
      findings.add(`flows epoch ${epoch}`, 'not those of flowRoot')
    }
  })
}
