import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import type { NodeConfig } from '../../config/node-config.ts'
import type { Daemon } from '../../daemon/daemon.ts'
import { hearSupervisor, tellSupervisor } from '../../daemon/supervision.ts'
import { addCommand, answers } from '../command.ts'
import type { Answer, Output } from '../output.ts'
import { nodeConfigOf, type SettingOptions, settingOptions } from '../setting-options.ts'
import { firstSignal } from '../signals.ts'
import { startText } from '../start-report.ts'

/** A node ends within 10 s of SIGTERM: what hangs for longer is cut off. The store loses nothing by that. */
const stopMsMax = 9_000

export function startCommand(program: Command, output: Output): void {
  const command = addCommand(program, {
    name: 'start',
    does: 'run a node, until SIGINT or SIGTERM; without any setting, a development network of its own',
    examples: [
      'openledger start    # a development network of its own',
      'openledger start --genesis genesis.cbor --bootstrap /dns4/node.example.org/tcp/8649/p2p/12D3Koo…',
      'openledger start --config ./node/config.json',
      'OPENLEDGER_API=127.0.0.1:9000 openledger start    # each setting has a variable: openledger config print',
    ],
  })
  answers<SettingOptions>(settingOptions(command), output, async (_, options) =>
    runNode(await nodeConfigOf(options), output),
  )
}

async function runNode(config: NodeConfig, output: Output): Promise<Answer> {
  const told = firstSignal()
  // Loading the network takes a while; commands that only ask shall not pay for it.
  const { startDaemon } = await import('../../daemon/daemon.ts')
  const stop = new AbortController()
  void told.then(() => stop.abort())
  const daemon = await startDaemon(config, stop.signal).catch((error: unknown) => {
    // What was fetched is kept: the next start goes on from there.
    if (!stop.signal.aborted) throw error
    return undefined
  })
  if (daemon === undefined) return { data: { epoch: 0, checkpoint: null, halted: null }, text: '' }
  const gone = new Promise<void>(resolveGone => hearSupervisor(({ faults }) => daemon.setFaults(faults), resolveGone))
  const { api, socket } = daemon
  const status = await daemon.status()
  if (process.stderr.isTTY) output.note(startText(status, daemon))
  else daemon.logStart()
  await tellSupervisor({ type: 'ready', api, socket, status })
  const ended = await Promise.race([daemon.done.then(error => ({ error })), told, gone])
  const last = await daemon.status()
  await stopInTime(daemon)
  if (typeof ended === 'object' && ended.error !== undefined) throw ended.error
  await tellSupervisor({ type: 'ended', status: last })
  return { data: { epoch: last.epoch, checkpoint: last.checkpoint, halted: last.halted }, text: '' }
}

async function stopInTime(daemon: Daemon): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new LedgerError('stop-slow', `the node took more than ${stopMsMax} ms to stop and was cut off`)),
    stopMsMax,
  )
  try {
    await Promise.race([daemon.stop(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
