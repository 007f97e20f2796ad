import type { AccountKey } from '../../consensus/account.ts'
import { accountText } from '../../consensus/account.ts'
import { fromKey, toHex } from '../../consensus/bytes.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { openText } from '../decimal.ts'
import type { EarnedEpoch, Earnings } from '../light/earnings.ts'
import type { Followed } from '../light/light-client.ts'
import { statedPayout } from '../light/statement.ts'
import { explanationOf } from '../proofs/explanation.ts'
import { sourceText } from '../query/export.ts'
import { explanationData, explanationText, trimmed } from './explanation.ts'

/** What a person is shown of each line; `--json` has all. */
const shownMax = 12

/** What a light node has to say of an account. */
export interface LightFindings {
  readonly followed: Followed
  readonly account: AccountKey
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** As of the head, proved; undefined before the first epoch. */
  readonly earnings: Earnings | undefined
  /** Whether payouts were asked for. */
  readonly isDetailed: boolean
  /** Of the epoch that was asked for. */
  readonly asked: TrustedCheckpoint | undefined
}

/** As `--json` prints it: amounts are decimals in OPEN, times in ms since 1970. */
export function lightData({ followed, account, nowMs, earnings, isDetailed, asked }: LightFindings): object {
  const { root, head, isStartOld, witnesses, failures, checks, fetched } = followed
  return {
    account: accountText(fromKey(account)),
    chain: `${root.chain}`,
    root: {
      epoch: root.epoch,
      cid: `${root.cid}`,
      time: root.time,
      ageMs: nowMs - root.time,
      source: root.source,
      old: isStartOld,
    },
    head: { ...checkpointData(head), ageMs: nowMs - head.time },
    ...(earnings === undefined ? {} : earningsData(earnings, isDetailed)),
    ...(asked === undefined ? {} : { asked: checkpointData(asked) }),
    followed: followed.followed ?? null,
    witnesses,
    failures,
    checks,
    fetched,
  }
}

function checkpointData({ epoch, cid, time, checkpoint }: TrustedCheckpoint): object {
  const roots =
    checkpoint === null ? {} : { stateRoot: toHex(checkpoint.stateRoot), payoutRoot: toHex(checkpoint.payoutRoot) }
  return { epoch, cid: `${cid}`, time, ...roots }
}

function earningsData({ cell, epochs, before, shownFrom, costs }: Earnings, isDetailed: boolean): object {
  const proved = { balance: openText(cell.balance), credit: openText(cell.credit) }
  if (!isDetailed) return { ...proved, costs }
  const payouts = epochs.map(earned => ({
    ...statedPayout(earned),
    ...(earned.root === undefined ? {} : { root: explanationData(explanationOf(earned.root), new Map()) }),
    ...(earned.unwalked === undefined ? {} : { unwalked: earned.unwalked }),
  }))
  const paid = epochs.reduce((sum, { payout }) => sum + payout.amount, 0)
  return { ...proved, paid: openText(paid), before: openText(before), shownFrom: shownFrom ?? null, payouts, costs }
}

/** What a proof rests on, as `--json` prints it. */
export function restsOnData({ root, head, witnesses, failures }: Followed): object {
  return {
    root: { epoch: root.epoch, cid: `${root.cid}`, source: root.source },
    head: checkpointData(head),
    witnesses,
    failures,
  }
}

/** In one line, and one for each peer that was of no help. */
export function restsOnText(followed: Followed): string {
  const { root, head, failures } = followed
  const what = root.epoch === 0 ? 'the genesis' : `epoch ${root.epoch}`
  return [
    `rests on ${what}, ${root.cid}, followed to epoch ${head.epoch}, ${head.cid}`,
    `witnesses: ${witnessText(followed)}`,
    ...failures.map(({ peer, code, problem }) => `no help: ${peer}: ${code}: ${problem}`),
  ].join('\n')
}

/** For people. */
export function lightText({ followed, account, nowMs, earnings, isDetailed, asked }: LightFindings): string {
  const { root, head, checks } = followed
  const lines: [string, string][] = [
    ['account', accountText(fromKey(account))],
    ...(earnings === undefined ? [] : accountLines(earnings.cell)),
    ['as of', `epoch ${head.epoch}, ${ageText(nowMs - head.time)} ago, ${head.cid}`],
    ...(asked === undefined ? [] : [['asked for', `epoch ${asked.epoch}, ${asked.cid}`] as [string, string]]),
    ['trusting', rootText(followed, nowMs)],
    ['verified', `${head.epoch - root.epoch} epochs since, ${checks} certificates checked now`],
    ['witnesses', witnessText(followed)],
    ...followed.failures.map(({ peer, code, problem }): [string, string] => [
      'no help',
      `${peer}: ${code}: ${problem}`,
    ]),
  ]
  const text = lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join('\n')
  return isDetailed && earnings !== undefined ? `${text}\n${earningsText(account, earnings)}` : text
}

/** The newest first: each payout with its lines, or with all that is below them. */
function earningsText(account: AccountKey, { epochs, before, shownFrom }: Earnings): string {
  const rest = before === 0 ? 'nothing' : `${openText(before)} OPEN`
  const when = shownFrom === undefined ? 'before' : `before epoch ${shownFrom}, which no peer shows`
  return [...epochs.map(earned => payoutText(account, earned)), `earned ${when}: ${rest}`].join('\n')
}

/** What came since epoch `from`, the oldest first: who reads along must not take a gap for epochs without pay. */
export function liveLines({ epochs, before, shownFrom }: Earnings, from: number): string[] {
  const gap =
    shownFrom === undefined
      ? []
      : [`epochs ${from} to ${shownFrom - 1}: no peer shows them; credit ${openText(before)} before epoch ${shownFrom}`]
  const paid = epochs.toReversed().map(({ epoch, payout: { amount, creditAfter, lines } }) => {
    const roles = [...new Set(lines.map(({ role }) => role))].join(', ')
    return `epoch ${epoch}: ${openText(amount)} OPEN as ${roles}; credit ${openText(creditAfter)}`
  })
  return [...gap, ...paid]
}

function payoutText(account: AccountKey, { epoch, payout, root, unwalked }: EarnedEpoch): string {
  const subject = accountText(fromKey(account))
  if (root !== undefined) {
    const shown = trimmed(explanationOf(root), shownMax)
    return explanationText({ subject, kind: 'account', from: epoch, to: epoch, root: shown }, new Map())
  }
  const lines = payout.lines.map(line => `  ${openText(line.amount).padStart(14)}  ${line.role}  ${sourceText(line)}`)
  const end = unwalked === undefined ? [] : [`  not proved further down: ${unwalked}`]
  return [`epoch ${epoch}: ${openText(payout.amount)} OPEN`, ...lines, ...end].join('\n')
}

function accountLines({ balance, credit }: AccountCell): [string, string][] {
  return [
    ['credit', `${openText(credit)} OPEN earned, proved`],
    ['balance', `${openText(balance)} OPEN, proved`],
  ]
}

function rootText({ root, isStartOld }: Followed, nowMs: number): string {
  const what = root.epoch === 0 ? 'the genesis' : `epoch ${root.epoch}`
  const whose = root.source === 'named' ? 'which you named' : 'on which peers agreed and you accepted'
  const old = isStartOld
    ? '; it was too old to be followed without your word: whoever held a third of the stake then could have sold the keys since'
    : ''
  return `${what}, ${ageText(nowMs - root.time)} old, ${root.cid}, ${whose}${old}`
}

function witnessText({ witnesses }: Followed): string {
  const agreeing = witnesses.filter(({ verdict }) => verdict === 'agrees').length
  const behind = witnesses.length - agreeing
  const late = behind === 0 ? '' : `, ${behind} had not that epoch yet`
  if (agreeing > 0) return `${agreeing} other peers show the same checkpoint${late}`
  return `none${late}: one peer alone can hide a second history; name more with --peer`
}

const unitsMs = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const

function ageText(ms: number): string {
  for (const [unit, unitMs] of unitsMs) if (ms >= 2 * unitMs) return `${Math.floor(ms / unitMs)} ${unit}`
  return `${Math.max(0, Math.floor(ms / 1000))} seconds`
}
