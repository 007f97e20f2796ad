/** What a validator signed, read from the signed bytes by their documented layout (T6) and nothing else. */
export interface Statement {
  readonly type: 'proposal' | 'prevote' | 'precommit'
  readonly epoch: number
  readonly round: number
  /** Of the checkpoint, in hex; null for nil. */
  readonly checkpoint: string | null
  readonly validRound: number
}

const types = ['proposal', 'prevote', 'precommit'] as const
const headLength = 'openledger/vote/1'.length + 1 + 36

export function readStatement(bytes: Uint8Array): Statement {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const checkpointAt = headLength + 1 + 8 + 4
  const isNil = view[checkpointAt] === 0
  const validRoundAt = checkpointAt + (isNil ? 1 : 37)
  return {
    type: types[view[headLength]!]!,
    epoch: Number(view.readBigUInt64BE(headLength + 1)),
    round: view.readUInt32BE(headLength + 9),
    checkpoint: isNil ? null : view.toString('hex', checkpointAt + 1, validRoundAt),
    validRound: view.readInt32BE(validRoundAt),
  }
}

export function statementText({ type, epoch, round, checkpoint, validRound }: Statement): string {
  const value = checkpoint === null ? 'nil' : checkpoint.slice(-6)
  return `${type} ${epoch}/${round} ${value}${validRound >= 0 ? ` on ${validRound}` : ''}`
}

/** Whether two statements of one signer prove a lie: two contents for one place, or a lock forgotten. */
export function isOffence(a: Statement, b: Statement): boolean {
  if (a.epoch !== b.epoch) return false
  if (a.type === b.type && a.round === b.round) return a.checkpoint !== b.checkpoint || a.validRound !== b.validRound
  return forgets(a, b) || forgets(b, a)
}

function forgets(lock: Statement, later: Statement): boolean {
  return (
    lock.type === 'precommit' &&
    later.type === 'prevote' &&
    lock.checkpoint !== null &&
    later.checkpoint !== null &&
    lock.round < later.round &&
    lock.round > later.validRound
  )
}
