import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { cidOf, mapOf, naturalOf, oneOf, textOf } from '../../consensus/cbor/fields.ts'
import type { Cid } from '../../consensus/cid.ts'
import { agentCharsMax, statusLimits } from '../limits.ts'
import type { Protocol } from '../protocol.ts'
import { nothing } from './nothing.ts'

export const roles = ['validator', 'full', 'light'] as const
export type Role = (typeof roles)[number]

/** Where a node stands. */
export interface Status {
  readonly chain: Cid
  /** The last final epoch; 0 before the first. */
  readonly epoch: number
  /** The checkpoint of `epoch`; the genesis for 0. */
  readonly checkpoint: Cid
  readonly role: Role
  readonly agent: string
  /** The round it is in after `epoch`, if it follows the agreement. */
  readonly round?: number
  /** Its clock, milliseconds since 1970: for operators, no rule reads it. */
  readonly time?: number
}

export const status: Protocol<null, Status, 'one'> = {
  name: 'status',
  answer: 'one',
  request: nothing,
  item: {
    encode: ({ chain, epoch, checkpoint, role, agent, round, time }) =>
      encode({ chain, epoch, checkpoint, role, agent, round, time }),
    decode: bytes => {
      const map = mapOf(decode(bytes), 'status', ['chain', 'epoch', 'checkpoint', 'role', 'agent'], ['round', 'time'])
      return {
        chain: cidOf(map.chain, 'status.chain'),
        epoch: naturalOf(map.epoch, 'status.epoch'),
        checkpoint: cidOf(map.checkpoint, 'status.checkpoint'),
        role: oneOf(map.role, 'status.role', roles),
        agent: textOf(map.agent, 'status.agent', agentCharsMax),
        ...(map.round === undefined ? {} : { round: naturalOf(map.round, 'status.round') }),
        ...(map.time === undefined ? {} : { time: naturalOf(map.time, 'status.time') }),
      }
    },
  },
  limits: statusLimits,
}
