/** What a validator signed, read from the signed bytes by their documented layout (T6) and nothing else. */
export interface Statement {
  readonly type: 'proposal' | 'prevote' | 'precommit'
  readonly epoch: number
  readonly round: number
  /** Of the checkpoint, in hex; null for nil. */
  readonly checkpoint: string | null
  readonly validRound: number
  /** What a proposal's cut and last certificate come to, in hex; null in a vote. */
  readonly content: string | null
}

const types = ['proposal', 'prevote', 'precommit'] as const
const headLength = 'openledger/vote/1'.length + 1 + 36

export function readStatement(bytes: Uint8Array): Statement {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const checkpointAt = headLength + 1 + 8 + 4
  const isNil = view[checkpointAt] === 0
  const validRoundAt = checkpointAt + (isNil ? 1 : 37)
  const type = types[view[headLength]!]!
  return {
    type,
    epoch: Number(view.readBigUInt64BE(headLength + 1)),
    round: view.readUInt32BE(headLength + 9),
    checkpoint: isNil ? null : view.toString('hex', checkpointAt + 1, validRoundAt),
    validRound: view.readInt32BE(validRoundAt),
    content: type === 'proposal' ? view.toString('hex', validRoundAt + 4) : null,
  }
}

export function statementText({ type, epoch, round, checkpoint, validRound, content }: Statement): string {
  const value = checkpoint === null ? 'nil' : checkpoint.slice(-6)
  const cut = content === null ? '' : ` of ${content.slice(-6)}`
  return `${type} ${epoch}/${round} ${value}${cut}${validRound >= 0 ? ` on ${validRound}` : ''}`
}

/** Whether two statements of one signer prove a lie: two contents for one place, or a lock forgotten. */
export function isOffence(a: Statement, b: Statement): boolean {
  if (a.epoch !== b.epoch) return false
  if (a.type === b.type && a.round === b.round)
    return a.checkpoint !== b.checkpoint || a.validRound !== b.validRound || a.content !== b.content
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
