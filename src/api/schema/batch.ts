import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, cid, count, epoch, orNull, seq, timeMs } from './words.ts'

export const batch = Type.Object({
  cid,
  author: account,
  seq,
  prev: orNull(cid),
  time: { ...timeMs, description: 'A claim of its author; milliseconds since 1970.' },
  records: count,
  epoch: orNull(epoch),
  codes: orNull(Type.String({ description: 'One byte in hex per record: its outcome code.' })),
})
/** A batch; `epoch` and `codes` are null while it is pending. */
export type BatchStatus = Plain<typeof batch>
