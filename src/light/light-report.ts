import type { AccountKey } from '../../consensus/account.ts'
import { accountText } from '../../consensus/account.ts'
import { fromKey, toHex } from '../../consensus/bytes.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { openText } from '../decimal.ts'
import type { Followed } from './light-client.ts'

/** What a light node has to say of an account. */
export interface LightFindings {
  readonly followed: Followed
  readonly account: AccountKey
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** As of the head, proved; undefined where there was nothing to prove it with. */
  readonly cell: AccountCell | undefined
  /** Of the epoch that was asked for. */
  readonly asked: TrustedCheckpoint | undefined
}

/** As `--json` prints it: amounts are decimals in OPEN, times in ms since 1970. */
export function lightData({ followed, account, nowMs, cell, asked }: LightFindings): object {
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
    ...(cell === undefined ? {} : { balance: openText(cell.balance), credit: openText(cell.credit) }),
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

/** For people. */
export function lightText({ followed, account, nowMs, cell, asked }: LightFindings): string {
  const { root, head, checks } = followed
  const lines: [string, string][] = [
    ['account', accountText(fromKey(account))],
    ...(cell === undefined ? [] : accountLines(cell)),
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
  return lines.map(([name, value]) => `${name.padEnd(10)} ${value}`).join('\n')
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
