import { batchSigningBytes, draftBatch } from '../../consensus/batch.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import type { Guilty } from '../../consensus/light/following/guilty.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchFrame } from '../../network/protocols/batches.ts'
import type { SubmitAnswer } from '../../network/protocols/submit.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { evidenceRecord } from '../records/evidence-record.ts'
import { evidenceLine } from '../records/text.ts'
import type { LightPeers } from './light-peers.ts'

/** Lines for `submit`, one for each offence that is proven. */
export function evidenceLines(guilty: readonly Guilty[]): string[] {
  return guilty.flatMap(({ proof }) => (proof === null ? [] : [JSON.stringify(evidenceLine(proof.evidence))]))
}

export interface Reporter {
  readonly crypto: Crypto
  readonly chain: Cid
  readonly account: SigningKey
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/** The account's next batch, which puts the offences on the ledger; undefined where none is proven. */
export function evidenceBatch(
  { crypto, chain, account, nowMs }: Reporter,
  { seq, head }: Pick<AccountCell, 'seq' | 'head'>,
  guilty: readonly Guilty[],
): BatchFrame | undefined {
  const records = guilty.flatMap(({ proof }) => (proof === null ? [] : [evidenceRecord(proof.evidence)]))
  if (records.length === 0) return undefined
  const author = account.publicKey
  const { header, body } = draftBatch(crypto, { chain, author, seq: seq + 1, prev: head, time: nowMs, records })
  return { header, body, signature: account.sign(batchSigningBytes(header)) }
}

/** Hands a batch to every peer: those who serve the second history won't pass it on. */
export async function submitToAll(
  peers: LightPeers,
  frame: BatchFrame,
): Promise<{ readonly peer: PeerText; readonly outcome: SubmitAnswer['outcome'] }[]> {
  const answers = await Promise.all(
    peers.all.map(async peer => {
      const answer = await peers.ask(peer, (who, signal) => peers.request.submit(who, frame, signal))
      return answer === undefined ? [] : [{ peer, outcome: answer.outcome }]
    }),
  )
  return answers.flat()
}
