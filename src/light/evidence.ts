import { batchSigningBytes, draftBatch } from '../../consensus/batch.ts'
import { toKey } from '../../consensus/bytes.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { type AccountCell, accountCellKey, accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import type { Guilty } from '../../consensus/light/following/guilty.ts'
import { readCell } from '../../consensus/light/proof/cell.ts'
import { walkBoundsDefault } from '../../consensus/light/proof/limits.ts'
import { ProofReader, type ProofSource } from '../../consensus/light/proof/reader.ts'
import type { PeerText } from '../../network/peer.ts'
import type { BatchFrame } from '../../network/protocols/batches.ts'
import type { SubmitAnswer } from '../../network/protocols/submit.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { evidenceRecord } from '../records/evidence-record.ts'
import { evidenceLine } from '../records/text.ts'
import type { LightClient } from './light-client.ts'
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

/** What became of the evidence at a peer. */
export interface Reported {
  readonly peer: PeerText
  readonly outcome: SubmitAnswer['outcome']
  /** For people: why it was refused. */
  readonly message?: string
}

/**
 * Signs the evidence and hands it to every peer: those who serve the second history won't pass it on. Where the account's chain ends,
 * each peer says of its own history; a wrong word on that only makes a batch that is refused. Empty where nothing is proven, or nobody
 * is left to tell.
 */
export async function reportGuilty(
  client: Pick<LightClient, 'peers' | 'shownBy'>,
  reporter: Reporter,
  guilty: readonly Guilty[],
): Promise<Reported[]> {
  const reported = await Promise.all(
    client.peers.all.map(async peer => {
      const end = await chainEnd(client, reporter, peer)
      const frame = end && evidenceBatch(reporter, end, guilty)
      return frame === undefined ? [] : await submitTo(client.peers, peer, frame)
    }),
  )
  return reported.flat()
}

/** The account's cell in the newest state that a peer shows; undefined where it shows none. */
async function chainEnd(
  { peers, shownBy }: Pick<LightClient, 'peers' | 'shownBy'>,
  { crypto, account }: Reporter,
  peer: PeerText,
): Promise<AccountCell | undefined> {
  const checkpoint = await shownBy(peer)
  if (checkpoint === undefined) return undefined
  return await peers.ask(peer, async (who, signal) => {
    const source: ProofSource = { ask: request => peers.request.proof(who, request, signal) }
    const reader = new ProofReader(source, walkBoundsDefault)
    const key = accountCellKey(toKey(account.publicKey))
    return (await readCell({ crypto, checkpoint }, reader, accountCodec, key)) ?? emptyAccount
  })
}

async function submitTo(peers: LightPeers, peer: PeerText, frame: BatchFrame): Promise<Reported[]> {
  const answer = await peers.ask(peer, (who, signal) => peers.request.submit(who, frame, signal))
  return answer === undefined ? [] : [{ peer, ...answer }]
}
