import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountKey } from '../../consensus/account.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { startClient } from '../../network/client.ts'
import type { EpochRange } from '../api/node-view.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { type Earnings, proveEarnings } from '../light/earnings.ts'
import { LightClient, type LightOptions } from '../light/light-client.ts'
import { SecondHistoryError } from '../light/second-history.ts'
import { statementCsv, statementJson } from '../light/statement.ts'
import { writeFileAtomic } from '../store/atomic-file.ts'
import { programVersion } from '../version.ts'
import { expectFolderOf } from './arguments.ts'
import { readReporterKey, tellEvidence } from './light-evidence.ts'
import { type DepthOptions, type LightClientOptions, wayOf } from './light-options.ts'
import { lightData, lightText, liveLines } from './light-report.ts'
import { type Answer, type Output, UsageError } from './output.ts'
import { firstSignal } from './signals.ts'

export interface LightCommandOptions extends LightClientOptions, DepthOptions {
  readonly account: AccountKey
  readonly epoch?: EpochRange
  readonly statement?: string
  readonly follow?: boolean
  readonly json?: boolean
}

const progressMs = 1_000
/** How often a live run looks for new epochs. */
const liveMs = 1_000

/** One run of a light node: connect, follow, compare, answer. */
export async function runLight(options: LightCommandOptions, output: Output): Promise<Answer> {
  checkOptions(options)
  return await withLightClient(options, output, async (client, signal) => {
    const answer = await answerOf(client, options, output)
    if (options.follow !== true) return answer
    await output.answer(`${answer.text}\n`)
    await followLive(client, options, output, signal).catch((error: Error) => {
      if (!signal.aborted) throw error
    })
    return { data: answer.data, text: '' }
  })
}

/** A light node for as long as `use` needs it, or until a signal. */
export async function withLightClient<T>(
  options: LightClientOptions,
  output: Output,
  use: (client: LightClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController()
  void firstSignal().then(signal => stop.abort(new Error(`ended by ${signal}`)))
  // A wrong password is told at once, not when it matters.
  const account = options.key === undefined ? undefined : await readReporterKey(options.key, options)
  const network = await startClient({ peerSeed: randomBytes(32), agent: `openledger/${programVersion}` })
  try {
    const client = await LightClient.open({ ...clientOptions(options, output), network, signal: stop.signal })
    return await use(client, stop.signal).catch(async (error: Error) => {
      if (error instanceof SecondHistoryError) await tellEvidence(error, { client, account }, options, output)
      throw error
    })
  } finally {
    await network.stop()
  }
}

function clientOptions(
  { peer, trust, data, accept }: LightClientOptions,
  output: Output,
): Omit<LightOptions, 'network' | 'signal'> {
  return {
    crypto: nativeCrypto,
    peers: peer,
    ...(trust === undefined ? {} : { trust }),
    ...(data === undefined ? {} : { dir: data }),
    accept: accept === true,
    now: Date.now,
    onProgress: seldom(text => output.note(text)),
  }
}

/** Tells at most once a second, and nothing of what is over sooner. */
export function seldom(tell: (text: string) => void): (text: string) => void {
  let toldMs = performance.now()
  return text => {
    if (performance.now() - toldMs < progressMs) return
    toldMs = performance.now()
    tell(text)
  }
}

const statementFormats = ['.csv', '.json'] as const

function checkOptions({ statement, follow, json }: LightCommandOptions): void {
  if (statement !== undefined && !statementFormats.some(ending => statement.endsWith(ending)))
    throw new UsageError(`--statement: expected a name that ends in .csv or .json, got ${statement}`)
  if (statement !== undefined) expectFolderOf(statement, '--statement')
  if (follow === true && json === true)
    throw new UsageError('--follow prints lines for as long as it runs: not with --json')
}

async function answerOf(client: LightClient, options: LightCommandOptions, output: Output): Promise<Answer> {
  const { account, epoch, statement } = options
  const followed = await client.follow(epoch?.to)
  const asked = epoch?.to === undefined ? undefined : await client.checkpointOf(epoch.to)
  const isDetailed = [epoch, options.deep, options.sample, statement].some(option => option !== undefined)
  const earnings = followed.head.checkpoint === null ? undefined : await earningsOf(client, options, isDetailed, output)
  if (statement !== undefined) {
    if (earnings === undefined) throw new LedgerError('not-yet', 'no epoch is final yet: there is nothing to state')
    const text = statement.endsWith('.csv') ? statementCsv(earnings) : statementJson(account, earnings)
    await writeFileAtomic(statement, Buffer.from(text), { mode: 0o644, existing: 'replace' })
    output.note(`the statement is in ${statement}`)
  }
  const findings = { followed, account, nowMs: Date.now(), earnings, isDetailed, asked }
  // Only what is printed is made: either is as large as all that was proved.
  return {
    get data() {
      return lightData(findings)
    },
    get text() {
      return lightText(findings)
    },
  }
}

async function earningsOf(
  client: LightClient,
  options: LightCommandOptions,
  isDetailed: boolean,
  output: Output,
): Promise<Earnings> {
  const { account, epoch } = options
  const { epoch: last } = client.head
  const all = isDetailed ? 1 : last + 1
  const onProgress = seldom(text => output.note(text))
  const range = { from: epoch?.from ?? all, to: Math.min(epoch?.to ?? last, last) }
  return await proveEarnings(client, { account, ...range, way: wayOf(options), crypto: nativeCrypto, onProgress })
}

/** A line per epoch in which the account earned, until a signal ends it. */
async function followLive(
  client: LightClient,
  { account }: LightCommandOptions,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  let seen = client.head.epoch
  while (!signal.aborted) {
    await sleep(liveMs, undefined, { signal })
    await client.follow()
    const to = client.head.epoch
    if (to === seen) continue
    const options = { account, from: seen + 1, to, way: 'lines', crypto: nativeCrypto, onProgress: () => {} } as const
    for (const line of liveLines(await proveEarnings(client, options), options.from)) await output.answer(`${line}\n`)
    seen = to
  }
}
