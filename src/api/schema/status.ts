import Type from 'typebox'
import type { Plain } from './plain.ts'
import { account, cid, count, epoch, orNull, timeMs } from './words.ts'

export const nodeStatus = Type.Object({
  version: Type.String({ description: 'Of the program.' }),
  chain: Type.String({ description: 'CID of the genesis.' }),
  role: Type.Enum(['validator', 'full']),
  validator: orNull(account),
  peerId: Type.String(),
  addrs: Type.Array(Type.String(), { description: 'Multiaddrs that others can dial.' }),
  peers: count,
  epoch,
  checkpoint: orNull(cid),
  time: orNull(timeMs),
  round: orNull(count),
  syncing: Type.Boolean({
    description: 'Catching up with peers: answers are true, but of an older epoch than theirs.',
  }),
  target: orNull({
    ...epoch,
    description: 'Newest epoch that a peer says is final, where that is ahead of this node.',
  }),
  secondsLeft: orNull({ ...count, description: 'Estimate until this node has it; null where nothing tells.' }),
  stalled: Type.Boolean({ description: 'No epoch has become final for long, though one should have.' }),
  validators: { ...count, description: 'In office for the next epoch.' },
  votingWaits: orNull(
    Type.String({ description: 'Why a node with a vote key does not vote yet; null where it does.' }),
  ),
  clockDifferenceMs: orNull(
    Type.Integer({
      description: 'Milliseconds by which the clocks of peers are ahead of this one; null where none has told.',
    }),
  ),
  halted: orNull(Type.String({ description: 'Why the node takes part no more.' })),
  pending: Type.Object({ batches: count, bytes: count }, { description: 'Held and not final yet.' }),
})
export type NodeStatus = Plain<typeof nodeStatus>
