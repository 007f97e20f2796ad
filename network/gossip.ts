import { type GossipSub, type GossipsubOpts, gossipsub, StrictNoSign } from '@chainsafe/libp2p-gossipsub'
import { concat, toKey, utf8 } from '../consensus/bytes.ts'
import type { Cid } from '../consensus/cid.ts'
import type { Crypto } from '../consensus/crypto.ts'
import {
  gossipDontSendBytesMin,
  gossipRpcBytesMax,
  gossipSendBufferBytesMax,
  gossipTopicBytesPerPeer,
  penaltyBanPoints,
  penaltyForgivenPoints,
} from './limits.ts'
import type { PeerText } from './peer.ts'
import { topicNames, topicText } from './topics.ts'

/** Gossipsub with its scores, which its public interface leaves out. */
export type ScoredGossip = GossipSub & { getScore(peer: PeerText): number }

type ScoreParams = NonNullable<GossipsubOpts['scoreParams']>
type TopicScoreParams = NonNullable<ScoreParams['topics']>[string]

const second = 1000

/** Gossipsub v1.2, unsigned: the payloads carry their own signatures, so a message is its content. */
export function gossipService(chain: Cid, crypto: Crypto, pointsOf: (peer: PeerText) => number) {
  const topics = topicNames.map(name => topicText(chain, name))
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    // With the topic, or whoever repeats a message on a wrong one first would have the right one dropped as seen.
    msgIdFn: ({ topic, data }) => crypto.sha256(concat(utf8(topic), data)),
    msgIdToStrFn: toKey,
    fallbackToFloodsub: false,
    allowedTopics: topics,
    maxTopicBytesPerPeer: gossipTopicBytesPerPeer,
    // Everything with up to 8 nodes is one full mesh; own messages go to all peers at once, for latency.
    D: 8,
    Dlo: 7,
    Dhi: 12,
    Dscore: 4,
    Dout: 3,
    floodPublish: true,
    batchPublish: true,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    emitSelf: false,
    doPX: false,
    maxInboundDataLength: gossipRpcBytesMax,
    maxOutboundBufferSize: gossipSendBufferBytesMax,
    idontwantMinDataSize: gossipDontSendBytesMin,
    // One stream each way; a second one is a restart that has overtaken its end.
    maxInboundStreams: 2,
    maxOutboundStreams: 2,
    decodeRpcLimits: {
      maxSubscriptions: 16,
      // What one heartbeat's IWANT may ask for, of small messages.
      maxMessages: 5000,
      maxIhaveMessageIDs: 5000,
      maxIwantMessageIDs: 5000,
      maxIdontwantMessageIDs: 512,
      maxControlMessages: 64,
      maxPeerInfos: 16,
    },
    scoreParams: scoreParams(topics, pointsOf),
    scoreThresholds: {
      gossipThreshold: -40,
      publishThreshold: -60,
      graylistThreshold: -penaltyBanPoints,
      acceptPXThreshold: 1000,
      opportunisticGraftThreshold: 2,
    },
  })
}

/** Three rejected messages outweigh every merit and lead to the graylist; silence is no offence in a quiet ledger. */
function scoreParams(topics: readonly string[], pointsOf: (peer: PeerText) => number): ScoreParams {
  return {
    topics: Object.fromEntries(topics.map(topic => [topic, topicScoreParams])),
    topicScoreCap: 20,
    appSpecificScore: peer => -Math.max(0, pointsOf(peer) - penaltyForgivenPoints),
    appSpecificWeight: 1,
    // Nodes behind one address are a household or a testnet up to here, and from then on a crowd. Loopback is never one.
    IPColocationFactorWeight: -5,
    IPColocationFactorThreshold: 10,
    IPColocationFactorWhitelist: new Set(['127.0.0.1', '::1']),
    // Restarts break a few promises and grafts; only a habit counts.
    behaviourPenaltyWeight: -10,
    behaviourPenaltyThreshold: 6,
    behaviourPenaltyDecay: 0.9,
    decayInterval: second,
    decayToZero: 0.01,
    retainScore: 3600 * second,
  }
}

const topicScoreParams: TopicScoreParams = {
  topicWeight: 1,
  timeInMeshWeight: 0.01,
  timeInMeshQuantum: second,
  timeInMeshCap: 300,
  firstMessageDeliveriesWeight: 0.1,
  firstMessageDeliveriesDecay: 0.9,
  firstMessageDeliveriesCap: 50,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 1,
  meshMessageDeliveriesActivation: second,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  // The square of the count: −20, −80, −180; half of the count is forgotten after 70 seconds.
  invalidMessageDeliveriesWeight: -20,
  invalidMessageDeliveriesDecay: 0.99,
}
