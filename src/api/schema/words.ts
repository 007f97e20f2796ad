import Type, { type TSchema } from 'typebox'
import { ppmWhole, supplyMax } from '../../../consensus/amount.ts'
import { batchRecordsMax } from '../../../consensus/ref.ts'

/*
 * The words that requests and answers are made of. A `title` says what a refusal expected; whether a text of the right form
 * names anything is for whoever reads it to find out.
 */

/** An account has 56 characters, a CID 59, a ref at most 64. */
const wordCharsMax = 128

export const account = Type.String({
  title: 'an account like did:key:z6Mk…',
  pattern: '^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$',
  examples: ['did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'],
})

export const cid = Type.String({
  title: 'a CID like bafyrei…',
  pattern: '^b[a-z2-7]{20,120}$',
  examples: ['bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'],
})

export const ref = Type.String({
  title: 'a ref like <cid>/<index>',
  pattern: '^b[a-z2-7]{20,120}/(0|[1-9][0-9]{0,3})$',
})

export const index = Type.Integer({
  minimum: 0,
  maximum: batchRecordsMax - 1,
  description: 'Place in the batch, from 0.',
})
export const epoch = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Epoch; 0 is the genesis.',
})
export const seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const timeMs = Type.Integer({ minimum: 0, description: 'Milliseconds since 1970.' })
export const amount = Type.Integer({ minimum: 0, maximum: supplyMax, description: 'µOPEN; 10^6 of them are 1 OPEN.' })
/** Ever earned: it may outgrow the supply. */
export const credit = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'µOPEN earned ever.' })
export const ppm = Type.Integer({ minimum: 0, maximum: ppmWhole, description: 'Parts per million.' })
export const hash = Type.String({ pattern: '^[0-9a-f]{64}$', description: '32 bytes in hex.' })
export const word = Type.String({ title: 'a short text', minLength: 1, maxLength: wordCharsMax })

export const orNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
