import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import { toHex } from '../../consensus/bytes.ts'
import { LedgerError } from '../../consensus/errors.ts'
import type { AssetCell } from '../../consensus/ledger/cells/asset.ts'
import type { RoutedVerdict } from '../../consensus/light/proof/routed.ts'
import { type RefKey, refKeyText } from '../../consensus/ref.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { openText } from '../decimal.ts'
import type { Followed, LightClient } from '../light/light-client.ts'
import { type ProvedRouting, proveRouting } from '../light/proved-routing.ts'
import { type ProvedState, proveState, type StateSubject } from '../light/proved-state.ts'
import { codeText } from '../query/record.ts'
import type { LightClientOptions } from './light-options.ts'
import { restsOnData, restsOnText } from './light-report.ts'
import { seldom, withLightSession } from './light-session.ts'
import type { Answer, Output } from './output.ts'

type Row = readonly [name: string, value: string | number | null | readonly string[]]

/** `proof state`: one thing of the newest state. */
export async function stateByProof(
  subject: StateSubject,
  options: LightClientOptions,
  output: Output,
): Promise<Answer> {
  return await withLightSession(options, output, async ({ client }) => {
    const followed = await begun(client)
    const state = await proveState(client, nativeCrypto, subject)
    const rows = rowsOf(state)
    return answerOf(followed, { kind: state.type, ...Object.fromEntries(rows) }, rows.map(rowText))
  })
}

export interface RoutedOptions extends LightClientOptions {
  readonly epoch?: number
}

/** `proof routed`: whether a record's fee went to an asset. */
export async function routingByProof(
  [record, asset]: readonly [RefKey, RefKey],
  options: RoutedOptions,
  output: Output,
): Promise<Answer> {
  return await withLightSession(options, output, async ({ client }) => {
    const followed = await begun(client, options.epoch)
    const onProgress = seldom(text => output.note(text))
    const question = { record, asset, epoch: options.epoch, crypto: nativeCrypto, onProgress }
    const routing = await proveRouting(client, question)
    const { epoch, verdict } = routing
    const data = { record: refKeyText(record), asset: refKeyText(asset), epoch, ...verdictData(verdict) }
    return answerOf(followed, data, [routingText(routing)])
  })
}

async function begun(client: LightClient, epoch?: number): Promise<Followed> {
  const followed = await client.follow(epoch)
  if (followed.head.checkpoint === null || (epoch ?? 0) > followed.head.epoch)
    throw new LedgerError('not-yet', `epoch ${epoch ?? 1} isn't final yet: ${followed.head.epoch} is the last`)
  return followed
}

function answerOf(followed: Followed, data: object, lines: readonly string[]): Answer {
  return {
    data: { ...data, proved: restsOnData(followed) },
    text: [...lines, '', restsOnText(followed)].join('\n'),
  }
}

function rowText([name, value]: Row): string {
  const shown = Array.isArray(value) ? value.join(', ') || 'none' : (value ?? 'none')
  return `${name.padEnd(14)} ${shown}`
}

function rowsOf(state: ProvedState): Row[] {
  switch (state.type) {
    case 'account':
      return accountRows(state)
    case 'position':
      return [['stake', openText(state.position?.amount ?? 0)]]
    case 'asset':
      return assetRows(state.asset)
    case 'session':
      return sessionRows(state)
    case 'params':
      return [
        ['cid', `${state.cid}`],
        ...Object.entries(state.params).map(([name, value]): Row => [name, texts(value)]),
      ]
    case 'nothing':
      return [['state', 'proved: no asset and no open session has this name']]
  }
}

const texts = (value: unknown): Row[1] => (Array.isArray(value) ? value.map(String) : (value as number))

function accountRows({ account, validator }: Extract<ProvedState, { type: 'account' }>): Row[] {
  return [
    ['balance', openText(account?.balance ?? 0)],
    ['credit', openText(account?.credit ?? 0)],
    ['batches', account?.seq ?? 0],
    ['head', account?.head ? `${account.head}` : null],
    ...(validator === undefined
      ? []
      : ([
          ['validator', validator.name],
          ['voteKey', validator.key && toHex(validator.key)],
          ['bonded', openText(validator.bonded)],
          ['unbonding', openText(validator.unbonding)],
          ['accrued', openText(validator.accrued)],
          ['commission', validator.commission],
          ['slashes', validator.slashes],
        ] satisfies Row[])),
  ]
}

const did = (account: AccountKey): string => accountKeyText(account)

function assetRows(asset: AssetCell): Row[] {
  const common: Row[] = [
    ['asset', asset.kind],
    ['owner', did(asset.owner)],
  ]
  const weighed = (list: readonly (readonly [RefKey, number])[]) =>
    list.map(([ref, weight]) => `${refKeyText(ref)} ${weight}`)
  switch (asset.kind) {
    case 'datanet':
      return [
        ...common,
        ['reviewers', asset.reviewed ? asset.reviewers.map(did) : null],
        ['ownerShare', asset.ownerShare],
        ['originShare', asset.originShare],
        ['refinerShare', asset.refinerShare],
      ]
    case 'contribution':
      return [...common, ['datanet', refKeyText(asset.datanet)], ['originShare', asset.originShare]]
    case 'refinement':
      return [
        ...common,
        ['datanet', refKeyText(asset.datanet)],
        ['originShare', asset.originShare],
        ['origins', weighed(asset.origins)],
        ['parents', weighed(asset.parents)],
      ]
    default:
      return [
        ...common,
        ['bases', weighed(asset.bases)],
        ['baseShare', asset.baseShare],
        ['data', weighed(asset.data)],
        ['reach', asset.reach.length],
        ['attributor', asset.attributor && did(asset.attributor)],
      ]
  }
}

function sessionRows({ session, voucher }: Extract<ProvedState, { type: 'session' }>): Row[] {
  return [
    ['payer', did(session.payer)],
    ['payee', did(session.payee)],
    ['deposit', openText(session.deposit)],
    ['settled', openText(session.settled)],
    ['expires', session.expires],
    ['for', session.for.map(refKeyText)],
    ['voucher', voucher === undefined ? null : openText(voucher.total)],
  ]
}

function verdictData(verdict: RoutedVerdict): object {
  if (!verdict.routed) return verdict
  const { weight, whole, amount } = verdict
  return { routed: true, weight, whole: `${whole}`, amount: openText(amount) }
}

const reasons: Readonly<Record<Exclude<Extract<RoutedVerdict, { routed: false }>['why'], 'not-paid'>, string>> = {
  'not-named': 'it doesn’t name the asset',
  attributor: 'the model has an attributor, whose word alone counts: what records name is evidence only',
  'not-counted': 'the asset isn’t accepted, or not within the model’s reach: its weight counts as unnamed',
  'no-data-part': 'the fees of the epoch were too small for a data part',
}

function routingText({ epoch, signed, verdict }: ProvedRouting): string {
  const by = `signed by ${accountKeyText(signed.author)}, final in epoch ${epoch}`
  if (verdict.routed) {
    const share = `${verdict.weight / 10_000} % of its fee counts for the asset`
    return `proved: routed: ${share}, among what brought it ${openText(verdict.amount)} OPEN in that epoch\n  ${by}`
  }
  const why = verdict.why === 'not-paid' ? `its outcome is ${codeText(verdict.code)}` : reasons[verdict.why]
  return `proved: not routed: ${why}\n  ${by}`
}
