import type { JoinTally } from '../join/join-tally.ts'
import type { Instruments } from './instruments.ts'

/** How a new node comes by a ledger. Told from the start of the process on: without one there is no node to measure. */
export function joinMetrics(to: Instruments, join: JoinTally): void {
  to.begin('Sync')
  to.gauge('join_joining', '1 while the node joins and has no ledger yet, else 0.', () => (join.isJoining ? 1 : 0))
  to.gauge('join_state_ratio', 'Part of the state of a snapshot that is here, where the node joined by one.', () => {
    return join.fetched?.share
  })
  to.counter('join_chunks_total', 'Chunks of that state that came.', () => join.fetched?.chunks)
  to.counter('join_received_bytes_total', 'Bytes of the cells in them.', () => join.fetched?.bytes)
}
