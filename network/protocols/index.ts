import { batches } from './batches.ts'
import { checkpoints } from './checkpoints.ts'
import { genesis } from './genesis.ts'
import { headers } from './headers.ts'
import { outcomes } from './outcomes.ts'
import { peers } from './peers.ts'
import { proof } from './proof.ts'
import { snapshots } from './snapshots.ts'
import { state } from './state.ts'
import { status } from './status.ts'
import { submit } from './submit.ts'
import { votes } from './votes.ts'

/** Every request/response protocol that a node speaks. A new one is a file beside this and a line here; the compiler then asks for one in `exchange.ts`. */
export const protocols = {
  status,
  batches,
  checkpoints,
  outcomes,
  votes,
  submit,
  headers,
  genesis,
  peers,
  proof,
  snapshots,
  state,
} as const

export type Protocols = typeof protocols
