import { accountKeyText } from '../../consensus/account.ts'
import type { BatchHeader } from '../../consensus/batch.ts'
import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import type { Cid } from '../../consensus/cid.ts'
import { type CutEntry, parseCut } from '../../consensus/cut.ts'
import { type BatchOutcome, batchesRoot } from '../../consensus/ledger/execute.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { epochKey, outcomeKey } from '../store/keys.ts'
import { type CheckedBatch, checkBatch } from './check-batch.ts'
import type { Checking } from './checking.ts'

/** Every batch that an epoch finalizes, with its outcome, against `root` (32 bytes). */
export async function checkCut(checking: Checking, epoch: number, block: Uint8Array, root: Uint8Array): Promise<void> {
  const { findings } = checking
  const key = epochKey(epoch)
  const cut = findings.attempt(key, () => parseCut(decode(block)))
  if (cut === undefined) return
  const before = findings.count
  const outcomes: BatchOutcome[] = []
  for (const entry of cut) outcomes.push(...(await checkAuthor(checking, epoch, entry)))
  // What is missing or damaged is named already.
  if (findings.count > before) return
  if (!equalBytes(batchesRoot(nativeCrypto, outcomes), root)) {
    findings.add(key, 'the batches and their outcomes are not those of batchesRoot')
  }
}

/** From the last batch that the cut names back to the author's head before. */
async function checkAuthor(
  checking: Checking,
  epoch: number,
  { author, seq, batch }: CutEntry,
): Promise<BatchOutcome[]> {
  const { store, chain, live, findings, heads } = checking
  const outcomes: BatchOutcome[] = []
  const end = heads?.get(author)
  heads?.set(author, batch)
  let expected = seq
  for (let cid: Cid | null = batch; cid !== null && !(end?.equals(cid) ?? false); expected--) {
    // Without the heads, only outcomes tell where an earlier epoch ends.
    if (heads === undefined && cid !== batch && isOfOtherEpoch(checking, cid, epoch)) break
    live.batch(cid, { final: true })
    const { header, isSound }: CheckedBatch = await checkBatch(store, chain, cid, findings)
    if (!isSound) checking.executableMax = Math.min(checking.executableMax, epoch - 1)
    const outcome = checkOutcome(checking, epoch, cid, header)
    if (header === undefined) {
      findings.add(epochKey(epoch), `it finalizes batch ${cid}, which is not here`)
      break
    }
    if (header.seq !== expected) findings.add(epochKey(epoch), `a batch of ${accountKeyText(author)} out of its place`)
    if (outcome !== undefined) outcomes.push({ author, seq: header.seq, batch: cid, ...outcome })
    cid = header.prev
  }
  return outcomes.reverse()
}

function isOfOtherEpoch({ store, findings }: Checking, cid: Cid, epoch: number): boolean {
  const outcome = findings.attempt(outcomeKey(cid), () => store.outcomes.get(cid))
  return outcome === undefined ? !store.batches.has(cid) : outcome.epoch !== epoch
}

function checkOutcome(
  { store, findings }: Checking,
  epoch: number,
  cid: Cid,
  header: BatchHeader | undefined,
): Pick<BatchOutcome, 'codes' | 'settled'> | undefined {
  const key = outcomeKey(cid)
  return findings.attempt(key, () => {
    const outcome = store.outcomes.get(cid)
    const problem = outcomeProblem(outcome, epoch, header)
    if (problem === undefined) return outcome
    findings.add(key, problem)
    return undefined
  })
}

function outcomeProblem(
  outcome: { epoch: number; codes: Uint8Array } | undefined,
  epoch: number,
  header: BatchHeader | undefined,
): string | undefined {
  if (outcome === undefined) return 'missing, though its batch is final'
  if (outcome.epoch !== epoch) return `of epoch ${outcome.epoch}, though its batch became final in ${epoch}`
  return header !== undefined && outcome.codes.length !== header.count ? 'not one code for each record' : undefined
}
