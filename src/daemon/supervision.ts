import type { Faults } from '../../network/faults.ts'
import type { NodeStatus } from '../api/node-view.ts'

/** What a node tells the process that started it, if that left a channel open. */
export type NodeMessage =
  | { readonly type: 'ready'; readonly api: string | null; readonly socket: string; readonly status: NodeStatus }
  /** Ended as told, at one epoch. */
  | { readonly type: 'ended'; readonly status: NodeStatus }

/** What it may be told. */
export interface SupervisorMessage {
  readonly type: 'faults'
  readonly faults: Faults
}

/** Tells the supervisor, and resolves when it has been handed over; without one, nothing. */
export function tellSupervisor(message: NodeMessage): Promise<void> {
  return new Promise(resolve => {
    if (process.send === undefined || !process.connected) resolve()
    else process.send(message, undefined, {}, () => resolve())
  })
}

/** Hears what the supervisor says, and when it is gone: a node doesn't outlive it. */
export function hearSupervisor(onMessage: (message: SupervisorMessage) => void, onGone: () => void): void {
  if (process.send === undefined) return
  process.on('message', message => onMessage(message as SupervisorMessage))
  process.on('disconnect', onGone)
}
