import { LedgerError } from '../../consensus/errors.ts'
import type { EpochRange, Subject } from '../api/node-view.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { openText } from '../decimal.ts'
import { type Earnings, proveEarnings, type Way } from '../light/earnings.ts'
import { explainEarnings } from '../light/explained-earnings.ts'
import type { Followed, LightClient } from '../light/light-client.ts'
import { explanationData, explanationText } from './explanation.ts'
import { type DepthOptions, type LightClientOptions, wayOf } from './light-options.ts'
import { restsOnData, restsOnText } from './light-report.ts'
import { seldom, withLightSession } from './light-session.ts'
import { type Answer, type Output, UsageError } from './output.ts'

export interface LightExplainOptions extends LightClientOptions, DepthOptions {
  readonly epoch?: EpochRange
}

/** `explain` without believing who is asked: the same tree, of what was proved. */
export async function explainByProof(subject: Subject, options: LightExplainOptions, output: Output): Promise<Answer> {
  if (subject.type !== 'account')
    throw new UsageError(
      'with --peer, explain proves what an account earned; expected did:key:…, got a ref',
      'proof routed tells where the fee of a record went, proof state what an asset or session is',
    )
  return await withLightSession(options, output, async ({ client }) => {
    const { from = 1, to } = options.epoch ?? {}
    const followed = await client.follow(to)
    const { epoch: head } = client.head
    const newest = Math.max(from, to ?? from)
    if (newest > head) throw new LedgerError('not-yet', `epoch ${newest} isn't final yet: ${head} is the last`)
    const range = { from, to: to ?? head }
    const about = { account: subject.account, ...range, way: wayOf(options) }
    const earnings = await earningsUpTo(client, about, output)
    return answerOf(followed, about, earnings)
  })
}

type Asked = Pick<Parameters<typeof proveEarnings>[1], 'account' | 'from' | 'to' | 'way'>

async function earningsUpTo(client: LightClient, asked: Asked, output: Output): Promise<Earnings> {
  const onProgress = seldom(text => output.note(text))
  return await proveEarnings(client, { ...asked, crypto: nativeCrypto, onProgress })
}

function answerOf(followed: Followed, { account, way }: Asked, earnings: Earnings): Answer {
  const explanation = explainEarnings(account, earnings)
  const { root, ...about } = explanation
  const depth = typeof way === 'string' ? way : { sample: way.sample }
  return {
    data: {
      ...about,
      root: explanationData(root, new Map()),
      proved: { depth, ...restsOnData(followed), before: openText(earnings.before), costs: earnings.costs },
    },
    text: [
      explanationText(explanation, new Map()),
      '',
      ...tooOldText(earnings),
      depthText(way, earnings),
      restsOnText(followed),
      'what it spent is not proved, nor that an inference was never recorded',
    ].join('\n'),
  }
}

function tooOldText({ shownFrom, before }: Earnings): string[] {
  if (shownFrom === undefined) return []
  return [
    `no peer shows epochs before ${shownFrom}: what was earned in them, ${openText(before)} OPEN, is not explained`,
  ]
}

function depthText(way: Way, { epochs }: Earnings): string {
  const unwalked = epochs.filter(epoch => epoch.unwalked !== undefined).length
  const but =
    unwalked === 0 ? '' : `; of ${unwalked} payouts of ${epochs.length} only the credit lines, as no peer has more`
  if (way === 'deep') return `proved: every level, down to the signed records${but}`
  if (way === 'lines') return 'proved: the credit lines of every payout; --deep proves all that is below them'
  return `proved: every level, of lists longer than ${way.sample} a part that was drawn at random; what was left out is counted${but}`
}
