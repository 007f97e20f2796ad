import { answerBytesMax, requestBytesMax } from '../consensus/light/proof/limits.ts'
import type { ProtocolLimits } from './protocol.ts'

/*
 * Every bound on what comes from or goes to a peer, each with its reason. All sizes in bytes, times in ms.
 */

const kib = 1024
const mib = 1024 * kib

/** A batch is a body of at most 512 KiB (R2) beside a header of some 300 bytes and a signature. */
export const batchBytesMax = 512 * kib + 8 * kib
export const headerBytesMax = 4 * kib
export const bodyBytesMax = 512 * kib

/** A checkpoint block is a map of 15 short fields. */
export const checkpointBytesMax = 16 * kib
/** 150 validators (section 11) with 70 bytes each come to 11 KiB. */
export const certificateBytesMax = 64 * kib
/** At most 85 bytes for each of 20,000 authors (T5), who must fit into a gossiped proposal. */
export const cutBytesMax = 2 * mib - certificateBytesMax - checkpointBytesMax - 4 * kib
/** One bit for each of at most 150 validators (section 11), rounded up generously. */
export const bitmapBytesMax = 64
/** A vote is some 200 bytes; a proposal carries a whole cut. */
export const voteBytesMax = 1 * kib
export const proposalBytesMax = 2 * mib

/** CIDs in one request for batches: 64 of 38 bytes, so that a request stays one small frame. */
export const batchCidsMax = 64
/** A page of history: keeps the asker's memory bounded while a round trip still brings plenty. */
export const pageBytesMax = 4 * mib
export const checkpointsPageMax = 64
/** Batches of one page: even tiny ones stay within what is checked in some 100 ms (13,500 signatures a second). */
export const batchesPageMax = 1024
/** Addresses told at once; a node keeps few connections, and a list is for finding a handful. */
export const peersTold = 32
/** A multiaddr with a DNS name and a peer id. */
export const addrCharsMax = 256
/** Version texts and outcome messages are for people. */
export const agentCharsMax = 128
export const messageCharsMax = 1024

/** Answers of one lookup are quick; 5 s is a slow link, not a slow peer. */
const quick = { timeoutMs: 5_000, silenceMs: 5_000, inflightPerPeer: 4 } as const
/**
 * 4 MiB within 20 s is 1.7 Mbit/s: slower links couldn't follow the ledger anyway. Who sends nothing at all for 5 s is gone, whatever the
 * link: nobody should wait for it when another peer has the same.
 */
const bulk = { timeoutMs: 20_000, silenceMs: 5_000, inflightPerPeer: 4 } as const

export const statusLimits: ProtocolLimits = {
  ...quick,
  requestBytesMax: 16,
  itemBytesMax: 1 * kib,
  responseBytesMax: 1 * kib,
  responseItemsMax: 1,
  // Asked on connecting and then every few seconds.
  perSecond: 5,
  burst: 20,
}

export const batchesLimits: ProtocolLimits = {
  ...bulk,
  requestBytesMax: 4 * kib,
  itemBytesMax: batchBytesMax,
  responseBytesMax: pageBytesMax,
  responseItemsMax: batchesPageMax,
  // A proposal can name hundreds of batches that a peer lacks; a page of 64 takes about 20 ms to serve.
  perSecond: 50,
  burst: 200,
}

export const checkpointsLimits: ProtocolLimits = {
  ...bulk,
  requestBytesMax: 64,
  itemBytesMax: checkpointBytesMax + certificateBytesMax + cutBytesMax + 1 * kib,
  responseBytesMax: pageBytesMax,
  responseItemsMax: checkpointsPageMax,
  // A node that catches up asks for one page after the other.
  perSecond: 20,
  burst: 60,
}

/** 256 KiB: an epoch of tiny batches takes some pages, one of usual size takes one. */
export const outcomesPageMax = 8_192

export const outcomesLimits: ProtocolLimits = {
  ...bulk,
  requestBytesMax: 64,
  itemBytesMax: 32 * outcomesPageMax + 1 * kib,
  responseBytesMax: 32 * outcomesPageMax + 1 * kib,
  responseItemsMax: 1,
  // Asked only where an epoch comes to something else than its checkpoint says; a whole epoch is read for it, however many pages it has.
  perSecond: 1,
  burst: 24,
}

export const votesLimits: ProtocolLimits = {
  ...quick,
  requestBytesMax: 512,
  // One proposal, and the votes of 150 validators of both kinds with some certificates.
  itemBytesMax: proposalBytesMax + 1 * mib,
  responseBytesMax: proposalBytesMax + 1 * mib,
  responseItemsMax: 1,
  // Asked several times in a round when gossip fails (T8).
  perSecond: 20,
  burst: 60,
}

/** Votes of 150 validators of both types in a few rounds. */
export const votesTold = 1024
/** Proposals and certificates are large or few: one of each kind is what a peer behind needs. */
export const proposalsTold = 4
export const certificatesTold = 8

export const submitLimits: ProtocolLimits = {
  ...bulk,
  // The batch is still on its way up when the wait begins.
  silenceMs: bulk.timeoutMs,
  requestBytesMax: batchBytesMax,
  itemBytesMax: 8 * kib,
  responseBytesMax: 8 * kib,
  responseItemsMax: 1,
  // A light client's batches; full nodes gossip theirs.
  perSecond: 20,
  burst: 100,
}

/** A set of 150 validators with some 80 bytes each comes to 12 KiB; parameters are smaller. */
export const namedBlockBytesMax = 16 * kib
/** Epochs of one question: a light node asks for one or a few at a time, and pages through bare checkpoints. */
export const headersEpochsMax = 64
/** CIDs of sets that an asker may say it knows: those of the last few steps. */
export const headersKnownMax = 64

export const headersLimits: ProtocolLimits = {
  ...bulk,
  requestBytesMax: 4 * kib,
  itemBytesMax: checkpointBytesMax + certificateBytesMax + 3 * namedBlockBytesMax + 1 * kib,
  responseBytesMax: 2 * mib,
  responseItemsMax: headersEpochsMax,
  // Where the set changes with every epoch, a light node takes hundreds of steps, one question each; one takes 1 ms to serve.
  perSecond: 50,
  burst: 300,
}

/** Pieces in which a genesis travels. A light node's bound on the whole is its own affair. */
export const genesisChunkBytesMax = 512 * kib

export const genesisLimits: ProtocolLimits = {
  ...bulk,
  requestBytesMax: 64,
  itemBytesMax: genesisChunkBytesMax + 8,
  responseBytesMax: pageBytesMax,
  responseItemsMax: 16,
  // Once in the life of a light node, in a few pages.
  perSecond: 2,
  burst: 20,
}

/** A node serves its last two snapshots; one more may be there while the oldest goes. */
export const snapshotsTold = 4

export const snapshotsLimits: ProtocolLimits = {
  ...quick,
  requestBytesMax: 16,
  itemBytesMax: 1 * kib,
  responseBytesMax: 1 * kib,
  responseItemsMax: 1,
  // Once when a node joins, and again when it has to choose anew.
  perSecond: 2,
  burst: 20,
}

/** Cells that a chunk of the state holds, in bytes: as large as half a batch, so that several are on their way and none holds up much. */
export const stateChunkBytes = 256 * kib
/** No cell comes near to what is left for the last one of a chunk: the largest, a model's reach, is below 100 KiB. */
export const stateChunkBytesMax = 2 * mib

export const stateLimits: ProtocolLimits = {
  ...bulk,
  requestBytesMax: 64,
  itemBytesMax: stateChunkBytesMax,
  responseBytesMax: stateChunkBytesMax,
  responseItemsMax: 1,
  // 12 MiB a second for each of those who join; a chunk is one read from the store.
  perSecond: 50,
  burst: 100,
}

export const peersLimits: ProtocolLimits = {
  ...quick,
  requestBytesMax: 16,
  itemBytesMax: peersTold * (addrCharsMax + 8),
  responseBytesMax: peersTold * (addrCharsMax + 8),
  responseItemsMax: 1,
  // Asked every few seconds at most.
  perSecond: 1,
  burst: 10,
}

export const proofLimits: ProtocolLimits = {
  ...bulk,
  // An answer of many parts is put together before its first byte leaves; who asks has a patience of its own.
  silenceMs: bulk.timeoutMs,
  requestBytesMax,
  itemBytesMax: answerBytesMax,
  responseBytesMax: answerBytesMax,
  responseItemsMax: 1,
  // A walk goes down level by level, an answer at a time, each of many parts. A few of those at once are no flood.
  perSecond: 100,
  burst: 400,
}

/** The request's frame must be there soon: an open stream without one holds a place for others. */
export const requestReadMs = 4_000
/** A peer that got its answer closes its side at once; one that doesn't is cut off. */
export const farewellMs = 2_000
/** Rate limits are remembered beyond a connection, or reconnecting would reset them. */
export const rateRecordsMax = 8192

/*
 * Gossip.
 */

/** A vote or a certificate. */
export const gossipVoteBytesMax = certificateBytesMax
export const gossipBytesMax = {
  batches: batchBytesMax,
  proposals: proposalBytesMax,
  votes: gossipVoteBytesMax,
} as const
/** One RPC holds one message, or several that answer an IWANT: room for 15 full batches, and a bound on what a peer can park here. */
export const gossipRpcBytesMax = 8 * mib
/** Bytes waiting for a peer that reads slowly; beyond, its stream is dropped, and it comes back for what it missed. */
export const gossipSendBufferBytesMax = 32 * mib
/** Messages that wait for their verdict, in all and of one peer. A verdict costs some 100 µs: half a second of work. */
export const gossipPendingMax = 4096
export const gossipPendingPerPeer = 2048
export const gossipPendingBytesMax = 64 * mib
/** From this size on, telling others "I have it" is cheaper than receiving it once more. */
export const gossipDontSendBytesMin = 16 * kib
/** Topics are three; the rest is room for later versions. */
export const gossipTopicBytesPerPeer = 16 * kib
/** A node without an outgoing gossip stream to a connected peer for this long drops the connection and dials again. */
export const gossipRepairMs = 6_000

/*
 * Connections.
 */

export const connectionsMax = 128
export const peersTargetDefault = 16
/** Of one host within a second: a testnet restarts all its nodes on one machine, a flood is far above. */
export const inboundPerSecondPerHost = 20
/**
 * Of one host (IPv4 address, or /64 of IPv6) at a time: eight of them are needed to take all connections from light nodes and those who
 * join, while several nodes and users behind one router have room. Loopback has no bound: a testnet is one machine.
 */
export const inboundPerHostMax = 16
/** A handshake takes two round trips. With the limit above, one host alone can't fill the room for pending ones. */
export const handshakeMs = 5_000
export const inboundPendingMax = 256
export const dialMs = 5_000
/** How often a connection is tried, and how long a peer may be silent, busy or paused, before it counts as dead. */
export const pingMs = 10_000
export const pingTimeoutMs = 15_000
/** Streams of one connection, all protocols together: 12 protocols with 8 each, identify and gossip. */
export const streamsPerConnection = 112
/** A full batch fits into one window, so that it doesn't wait for a round trip in the middle. */
export const streamWindowBytes = 1 * mib
export const stopMs = 5_000

/*
 * Finding peers.
 */

/** How often the node looks after its connections. */
export const tendMs = 500
/**
 * Dials again after this long, doubled with every failure up to the cap: a peer that restarts is back within seconds, and
 * so is a network that was split, however long that took. A dial in vain costs one packet.
 */
export const redialMinMs = 500
export const redialMaxMs = 5_000
export const dialsAtOnce = 8
/** Each peer is asked for others on connecting, then rarely, for slow change; often while connections are wanting. */
export const exchangeMs = 30_000
export const exchangeWantingMs = 3_000
/** How often libp2p is made to forget who has been gone for as long: of one it keeps a KiB or so, of all who come meanwhile some MiB. */
export const forgetMs = 60_000
/** Peers kept, and addresses of each: as many of its own as others may tell. */
export const knownPeersMax = 1024
export const addrsPerPeer = 4
/** Failed dials in a row after which a peer is forgotten that nobody configured and nobody reached, or whose room is wanted. */
export const knownFailuresMax = 8

/*
 * Misbehaviour.
 */

/** Three broken rules within minutes are no accident; one lost byte is. */
export const penaltyPoints = { minor: 5, major: 35, fatal: 100 } as const
export const penaltyBanPoints = 100
/** Points that don't touch the gossip score: one slip of a young peer must not cost it its place in the mesh for a minute. */
export const penaltyForgivenPoints = 20
export const penaltyHalfLifeMs = 5 * 60_000
export const banMs = 10 * 60_000
/** Records of peers; a key pair costs nothing, so they are bounded. */
export const penaltyPeersMax = 4096

/*
 * Fault injection.
 */

/** TCP sends a lost packet again after at least this long. */
export const retransmitMs = 200
/** Bytes held back for one connection. */
export const faultBufferBytesMax = 64 * mib
