import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import type { NodeStatus } from '../../api/node-view.ts'
import { catchingUpText, clockText, isClockOff, stalledNext, stalledText } from '../../api/standing-text.ts'
import { addCommand, answers } from '../command.ts'
import type { Output } from '../output.ts'
import { type ViewOptions, viewOptions, withView } from '../view.ts'

export function statusCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'status',
    does: 'what a node is, how far it is, and whether it takes part',
    examples: ['openledger status --data ./node', 'openledger status --api http://127.0.0.1:8650 --json'],
  })
  answers<ViewOptions>(viewOptions(command), output, async (_, options) => {
    try {
      const status = await withView(options, view => view.status())
      return { data: status, text: statusText(status) }
    } catch (error) {
      // Of a node that has no ledger yet, this is what there is to tell.
      if (!(error instanceof LedgerError) || error.code !== 'not-ready') throw error
      return { data: { state: error.message }, text: linesText([['state', error.message]]) }
    }
  })
}

function statusText(status: NodeStatus): string {
  // Data at rest has no peer key at hand, and says nothing of what a running node is.
  const running: [string, string][] = [
    ['role', status.validator === null ? status.role : `${status.role} for ${status.validator}`],
    ['peer', `${status.peerId}, ${status.peers} connected`],
    ['addresses', status.addrs.join(' ') || 'none'],
    ['round', status.round === null ? 'waiting for records' : String(status.round)],
    ...(status.votingWaits === null ? [] : [['votes', `not yet: ${status.votingWaits}`] as [string, string]]),
    ...(isClockOff(status) ? [['clock', clockText(status.clockDifferenceMs)] as [string, string]] : []),
  ]
  const lines: [string, string][] = [
    ['chain', status.chain],
    ...(status.peerId === '' ? [] : running),
    ['epoch', status.checkpoint === null ? `${status.epoch}, the genesis` : `${status.epoch}, ${status.checkpoint}`],
    ['decided', status.time === null ? 'nothing yet' : new Date(status.time).toISOString()],
    ['pending', `${status.pending.batches} batches, ${status.pending.bytes} bytes`],
    ['state', stateText(status)],
    ['version', status.version],
  ]
  return linesText(lines)
}

function stateText(status: NodeStatus): string {
  const { halted, syncing, stalled, votingWaits } = status
  if (halted !== null) return halted
  if (syncing) return catchingUpText(status)
  if (stalled) return `${stalledText}; ${stalledNext}`
  return votingWaits === null ? 'taking part' : 'following the others'
}

function linesText(lines: readonly (readonly [string, string])[]): string {
  return lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join('\n')
}
