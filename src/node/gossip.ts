import { toKey } from '../../consensus/bytes.ts'
import type { GossipHandlers, Verdict } from '../../network/network.ts'
import type { PeerText } from '../../network/peer.ts'
import { batchFrame } from '../../network/protocols/batches.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import type { AgreementHost } from './agreement-host.ts'
import { decodeAttempt, expectKind } from './agreement-messages.ts'
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
  const message = decodeAttempt(bytes)
  expectKind(message, onProposals)
  const verdict = agreement().take(message, from)
  if (verdict === 'forged') return 'reject'
  if (verdict === 'ahead') onBehind()
  if (verdict === 'old' || verdict === 'ahead') return 'ignore'
  return limit.mayForward(toKey(crypto.sha256(contentOf(bytes)))) ? 'accept' : 'ignore'
}

/** The message without its attempt number: the integer right behind the list's head. */
function contentOf(bytes: Uint8Array): Uint8Array {
  const short = bytes[1]! & 31
  return bytes.subarray(short < 24 ? 2 : 2 + 2 ** (short - 24))
}
