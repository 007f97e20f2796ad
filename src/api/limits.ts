import type { AllowanceLimits } from './allowance.ts'
import type { PlaceLimits } from './places.ts'
import type { ReaderLimits } from './reader-watch.ts'

/*
 * Every bound on what comes over the API, each with its reason. Who shows the token, and who has the socket, is bounded by those
 * alone that keep the node itself alive.
 */

/** Requests that take longer to arrive are cut off. Answers may take their time. */
export const requestMsMax = 10_000
/** Each takes some 50 KiB; the processor is used up by fewer. */
export const connectionsMax = 512
/** The longest question names 64 blocks that are known, in 60 characters each. */
export const urlCharsMax = 8 * 1024
/** Beyond the longest URL: other headers are short. */
export const headerBytesMax = 16 * 1024
/** Of a body where the route says nothing of one. */
export const bodyBytesMax = 1024
/** Of what waits for a reader. Less than the slowest line carries; what is kept for them would else stay for as long as they like. */
export const readers: ReaderLimits = { msMax: 30_000, bytesMin: 64 * 1024 }
/** A node that stops lets answers under way end for so long: its own end has to fit into the rest of 10 s. */
export const lastAnswersMsMax = 1_500

/** A plain lookup costs 1: a hundred a second are a fiftieth of a processor. At once as much as a page asks for when it opens. */
export const allowance: AllowanceLimits = { perSecond: 100, burst: 1_000, addressesMax: 8_192 }

/** From this cost on answers are worked out a few at a time, whoever asks. */
export const heavyCost = 10
/** One leaves the other half of two processors to the agreement; two let a quick one pass a slow one. */
export const heavyAtOnce = 2
/** Beyond it an answer is given up, unless the operator waits for it. */
export const heavyMsMax = 10_000
export const heavyWaiting: PlaceLimits = { what: 'answers that must be worked out', max: 64, perAddressMax: 32 }

/** Each stream that is open reads every epoch once. */
export const eventStreams: PlaceLimits = { what: 'streams of events', max: 64, perAddressMax: 16 }
/** Half of the time after which a client takes silence for the end. */
export const heartbeatMs = 15_000
/** After which a page connects again. */
export const retryMs = 2_000
/** Each, of lines or a file, reads the ledger as fast as its reader does. */
export const exportStreams: PlaceLimits = { what: 'exports', max: 8, perAddressMax: 4 }
/** Lines aren't kept back for longer, and silence of an export doesn't last longer: proxies and clients give up after 30 s. */
export const lineFlushMs = 5_000
