import { LedgerError } from '../../consensus/errors.ts'
import { NodeClient } from '../api/client.ts'
import type { NodeStatus } from '../api/node-view.ts'
import { socketPath } from '../api/socket-path.ts'
import type { NodeConfig } from '../config/node-config.ts'
import { apiFinding } from './api.ts'
import { doubtful, type Finding, refused, wrong } from './finding.ts'
import { keyFindings } from './keys.ts'
import { folderFinding, type LedgerFinding, restingFinding, runningFinding } from './ledger.ts'
import { clockFinding, diskFinding, memoryFinding, versionFinding } from './machine.ts'
import { peerFindings } from './peers.ts'
import { portFindings } from './ports.ts'

const socketMs = 5_000

/** Looks at a node, running or not, and at the machine it is on. Takes some seconds at most, and leaves nothing behind. */
export async function examine(config: NodeConfig, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { data, api } = config
  const asked = await askNode(data)
  const running = 'status' in asked ? asked.status : null
  const { finding, headTime } = await ledgerFinding(data, asked)
  const isStopped = 'stopped' in asked
  return [
    versionFinding(running),
    await folderFinding(data),
    finding,
    clockFinding(headTime, Date.now(), running),
    await diskFinding(data),
    memoryFinding(!isStopped),
    ...(await keyFindings(config, env)),
    ...(isStopped ? await portFindings(config) : []),
    ...(running === null ? [] : [await apiFinding(api, running.chain)]),
    ...(await peerFindings(config, running)),
  ]
}

type Asked =
  | { readonly status: NodeStatus }
  | { readonly stopped: true }
  | { readonly waits: LedgerError }
  | { readonly shut: LedgerError }
  | { readonly mute: string }

async function askNode(data: string): Promise<Asked> {
  const client = new NodeClient({ socket: socketPath(data) }, { timeoutMs: socketMs })
  try {
    return { status: await client.status() }
  } catch (error) {
    const { code } = (error as { facts?: { code?: unknown } }).facts ?? {}
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return { stopped: true }
    if (error instanceof LedgerError && error.code === 'not-ready') return { waits: error }
    if (error instanceof LedgerError && code === 'EACCES') return { shut: error }
    return { mute: (error as Error).message }
  } finally {
    await client.close()
  }
}

async function ledgerFinding(data: string, asked: Asked): Promise<LedgerFinding> {
  if ('status' in asked) return runningFinding(asked.status)
  if ('stopped' in asked) return await restingFinding(data)
  if ('waits' in asked) {
    const { message, next = 'wait' } = asked.waits
    return { finding: doubtful('node', message, next), headTime: null }
  }
  // Whether it runs can't be told from here: nobody is to stop it for that.
  if ('shut' in asked) return { finding: refused('node', asked.shut), headTime: null }
  const finding = wrong(
    'node',
    `it runs and doesn't answer: ${asked.mute}`,
    'see the log of the node; stop it and start it again',
  )
  return { finding, headTime: null }
}
