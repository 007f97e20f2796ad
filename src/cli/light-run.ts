import type { AccountKey } from '../../consensus/account.ts'
import { LedgerError } from '../../consensus/errors.ts'
import type { EpochRange } from '../api/node-view.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { type Earnings, proveEarnings } from '../light/earnings.ts'
import type { LightClient } from '../light/light-client.ts'
import { statementCsv, statementJson } from '../light/statement.ts'
import { writeFileAtomic } from '../store/atomic-file.ts'
import { expectFolderOf } from './arguments.ts'
import { followLive } from './light-live.ts'
import { type DepthOptions, type LightClientOptions, wayOf } from './light-options.ts'
import { lightData, lightText } from './light-report.ts'
import { seldom, withLightSession } from './light-session.ts'
import { type Answer, type Output, UsageError } from './output.ts'

export interface LightCommandOptions extends LightClientOptions, DepthOptions {
  readonly account: AccountKey
  readonly epoch?: EpochRange
  readonly statement?: string
  readonly follow?: boolean
  readonly json?: boolean
}

/** One run of a light node: connect, follow, compare, answer. */
export async function runLight(options: LightCommandOptions, output: Output): Promise<Answer> {
  checkOptions(options)
  return await withLightSession(options, output, async session => {
    const answer = await answerOf(session.client, options, output)
    if (options.follow !== true) return answer
    await output.answer(`${answer.text}\n`)
    await followLive(session, options.account, output).catch((error: Error) => {
      if (!session.signal.aborted) throw error
    })
    return { data: answer.data, text: '' }
  })
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
