import { toKey } from '../../consensus/bytes.ts'
import type { GossipHandlers, Verdict } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import { batchFrame } from '../../network/protocols/batches.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import type { AgreementHost } from './agreement-host.ts'
import { type AgreementMessage, decodeAttempt, expectKind } from './agreement-messages.ts'
import { ForwardLimit } from './forward-limit.ts'
import { type Ingest, type IngestOutcome, isForeignFault } from './ingest.ts'

export interface GossipParts {
  readonly ingest: Ingest
  readonly agreement: () => AgreementHost
  /** A batch came: there may be something to decide, or something missing before it. */
  readonly onBatch: (author: Uint8Array, from: PeerText) => void
  readonly onBehind: () => void
  readonly now: () => number
}

const verdicts: Readonly<Record<IngestOutcome, Verdict>> = {
  added: 'accept',
  known: 'ignore',
  final: 'ignore',
  void: 'ignore',
  full: 'ignore',
  'author-full': 'ignore',
  'too-many-rivals': 'ignore',
}

/** Where a peer's gossip enters: proved, counted or kept, and judged for passing on. */
export function gossipHandlers(parts: GossipParts): GossipHandlers {
  const limit = new ForwardLimit(parts.now)
  const onAgreement = (onProposals: boolean) => (bytes: Uint8Array, from: PeerText) =>
    rejecting(() => takeAgreement(parts, limit, bytes, from, onProposals))
  return {
    batches: (bytes, from) => rejecting(() => takeBatch(parts, bytes, from)),
    proposals: onAgreement(true),
    votes: onAgreement(false),
  }
}

/** Bytes that no honest peer sends are held against the sender; anything else that fails is this node's own affair. */
async function rejecting(judge: () => Verdict | Promise<Verdict>): Promise<Verdict> {
  try {
    return await judge()
  } catch (error) {
    if (isForeignFault(error)) return 'reject'
    throw error
  }
}

async function takeBatch({ ingest, onBatch }: GossipParts, bytes: Uint8Array, from: PeerText): Promise<Verdict> {
  const { outcome, batch } = await ingest.take(batchFrame.decode(bytes), { durable: false })
  if (outcome === 'added') onBatch(batch.author, from)
  return verdicts[outcome]
}

function takeAgreement(
  { agreement, onBehind }: GossipParts,
  limit: ForwardLimit,
  bytes: Uint8Array,
  from: PeerText,
  onProposals: boolean,
): Verdict {
  // Anybody can send a true message again under any number of attempts: it is decoded and verified once a second.
  const content = toKey(crypto.sha256(contentOf(bytes)))
  if (limit.isRecent(content)) return 'ignore'
  const message = decodeAttempt(bytes)
  expectKind(message, onProposals)
  const name = nameOf(message) ?? content
  if (limit.isRecent(name)) return 'ignore'
  const verdict = agreement().take(message, from)
  if (verdict === 'forged') return 'reject'
  if (verdict === 'ahead') onBehind()
  if (verdict === 'old' || verdict === 'ahead') return 'ignore'
  if (name !== content) limit.mayForward(content)
  const isFirst = limit.mayForward(name)
  const signer = signerOf(message)
  return isFirst && (signer === undefined || limit.maySignerPass(signer)) ? 'accept' : 'ignore'
}

function signerOf(message: AgreementMessage): number | undefined {
  if (message.kind === 'certificate') return undefined
  return message.kind === 'vote' ? message.vote.validator : message.proposal.validator
}

/** Of a certificate what it certifies: anybody can leave signatures out and so make any number of them, each a hundred to verify. */
function nameOf(message: AgreementMessage): string | undefined {
  if (message.kind !== 'certificate') return undefined
  const { type, epoch, round, checkpoint, validRound } = message.certificate
  return `${type}/${epoch}/${round}/${checkpoint?.key ?? 'nil'}/${validRound}`
}

/** The message without its attempt number: the integer right behind the list's head. Of other bytes, some of them. */
function contentOf(bytes: Uint8Array): Uint8Array {
  const short = bytes[1]! & 31
  return bytes.subarray(short < 24 ? 2 : 2 + 2 ** (short - 24))
}
