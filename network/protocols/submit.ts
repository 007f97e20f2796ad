import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { mapOf, oneOf, textOf } from '../../consensus/cbor/fields.ts'
import { messageCharsMax, submitLimits } from '../limits.ts'
import type { Protocol } from '../protocol.ts'
import { type BatchFrame, batchFrame } from './batches.ts'

/** `accepted` and `known`: it waits to become final. `refused`: against the rules. `busy`: try again, here or elsewhere. */
export const submitOutcomes = ['accepted', 'known', 'refused', 'busy'] as const

export interface SubmitAnswer {
  readonly outcome: (typeof submitOutcomes)[number]
  /** For people: what was wrong. */
  readonly message?: string
}

/** Hands a batch to a node that will gossip it. */
export const submit: Protocol<BatchFrame, SubmitAnswer, 'one'> = {
  name: 'submit',
  answer: 'one',
  request: batchFrame,
  item: {
    encode: ({ outcome, message }) => encode({ outcome, message: message?.slice(0, messageCharsMax).toWellFormed() }),
    decode: bytes => {
      const map = mapOf(decode(bytes), 'answer', ['outcome'], ['message'])
      return {
        outcome: oneOf(map.outcome, 'answer.outcome', submitOutcomes),
        ...(map.message === undefined ? {} : { message: textOf(map.message, 'answer.message', messageCharsMax) }),
      }
    },
  },
  limits: submitLimits,
}
