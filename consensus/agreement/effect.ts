import type { Cid } from '../cid.ts'
import type { Facts } from '../errors.ts'
import type { Certificate } from './certificate.ts'
import type { Evidence } from './evidence.ts'
import type { Question } from './input.ts'
import type { Proposal, UnsignedProposal, ValueName } from './proposal.ts'
import type { TimedStep } from './timeouts.ts'
import type { Vote } from './vote.ts'

/** A line of the paper (arXiv 1807.04938), or a rule of the design. */
export type Rule =
  | 'L11'
  | 'L16'
  | 'L18'
  | 'L22'
  | 'L28'
  | 'L34'
  | 'L36'
  | 'L42'
  | 'L44'
  | 'L47'
  | 'L49'
  | 'L55'
  | 'L57'
  | 'L61'
  | 'L65'
  | 'T7'

export type Effect =
  /** L18: make a value and answer with `built`. */
  | { readonly type: 'build'; readonly round: number }
  /** Judge a value and answer with `verdict`; asked once per question. */
  | ({ readonly type: 'check'; readonly proposal: Proposal } & Question)
  /**
   * T7: make `encodeDurable` of the state that `step` returned durable, sign, feed the message back as an input, publish.
   * In this order: a message that is not durable must not leave.
   */
  | { readonly type: 'sign'; readonly message: Vote | UnsignedProposal }
  /** Answer with `timeout` after so many milliseconds. Never to be cancelled: a late one is ignored. */
  | { readonly type: 'timer'; readonly step: TimedStep; readonly round: number; readonly afterMs: number }
  /** L49. Comes once. */
  | ({ readonly type: 'decide'; readonly round: number; readonly certificate: Certificate } & ValueName)
  /** A quorum stands behind a value that is not here: pull a proposal of it from peers until one came. */
  | { readonly type: 'want'; readonly id: Cid; readonly round: number }
  /**
   * T4: a commit certificate stands for a checkpoint of which every content seen so far was found invalid, or for a second
   * one. The host pulls what peers decided; if that is what was refused here, it stops loudly and applies nothing.
   */
  | { readonly type: 'diverged'; readonly id: Cid; readonly round: number; readonly certificate: Certificate }
  /** T12: at most one per validator and epoch. */
  | { readonly type: 'evidence'; readonly validator: number; readonly evidence: Evidence }
  | { readonly type: 'trace'; readonly rule: Rule; readonly facts: Facts }
