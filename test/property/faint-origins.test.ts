/** F4, where the weights of origins became too faint to keep: the bound of an epoch's assets is one all the same. */
import * as assert from 'uvu/assert'
import { ppmWhole } from '../../consensus/amount.ts'
import { assetCellKey, assetCodec } from '../../consensus/ledger/cells/asset.ts'
import { treasuryCodec, treasuryKey } from '../../consensus/ledger/cells/global.ts'
import { testnetParams } from '../../consensus/params.ts'
import { ActionRef, type DraftMap } from '../../src/scenario/draft.ts'
import { faintLineage } from '../fixtures/faint-lineage.ts'
import { suite } from '../harness.ts'
import { randomFrom } from '../sim/random.ts'
import { disagreement } from './economy/compare.ts'
import { type Act, accountBytes, type Economy } from './economy/economy.ts'
import { someContent } from './economy/generator.ts'
import { playEconomy } from './economy/play.ts'

const test = suite('property: faint origins')

interface Chain {
  readonly maxFlowAssets: number
  /** Refinements with one parent each, on top of one that keeps no origin. */
  readonly links: number
  readonly fee: number
  readonly ownerShare: number
  readonly refinerShare: number
}

const nothingKept = { ownerShare: 0, refinerShare: 0 }

test('F4: a chain without origins ends at the bound, and what it would have passed on is the treasury’s', () => {
  const flows = (maxFlowAssets: number, fee: number) => play({ maxFlowAssets, links: 60, fee, ...nothingKept })
  for (const maxFlowAssets of [1, 2, 7, 59]) {
    for (const fee of [4, 1_000_003]) {
      const { assets, treasury, data } = flows(maxFlowAssets, fee)
      assert.equal([assets, treasury], [maxFlowAssets, data])
    }
  }
})

test('F4: below the bound the whole chain is walked, and nothing of it is the treasury’s', () => {
  const { assets, treasury, origins } = play({ maxFlowAssets: 250_000, links: 60, fee: 1_000_000_000, ...nothingKept })
  assert.is(treasury, 0)
  // Down to all contributions there are.
  assert.is(assets, 60 + 1_356)
  assert.ok(origins > 0)
})

test('F4: the ledger and the oracle agree, whatever the bound, the shares and the fee', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomFrom(seed)
    const economy = economyOf({
      maxFlowAssets: 1 + random.below(random.chance(0.5) ? 20 : 1_500),
      links: random.below(12),
      fee: Math.floor(10 ** (1 + 9 * random.next())),
      ownerShare: random.pick([0, 0, 123_457]),
      refinerShare: random.pick([0, 0, 300_001, ppmWhole]),
    })
    assert.is(disagreement(economy), undefined, `seed ${seed}`)
  }
})

/** One inference that names the uppermost link, and where its D went. */
function play(chain: Chain) {
  const { ledger, acts } = playEconomy(economyOf(chain))
  assert.equal(
    acts.map(({ outcome }) => outcome).filter(outcome => outcome !== 'done'),
    ['paid'],
  )
  const { flows, payouts } = ledger.results.at(-1)!
  const uses = flows.flatMap(({ lists }) => lists).find(({ name }) => name === 'uses')!
  const top = ledger.cell(assetCodec, assetCellKey(uses.parts[1]!.to))!
  assert.equal('origins' in top && top.origins, [])
  const lines = payouts.flatMap(payout => payout.lines).filter(({ role }) => role === 'origin')
  return {
    assets: flows.filter(({ kind }) => kind === 'asset').length,
    treasury: ledger.cell(treasuryCodec, treasuryKey),
    data: uses.amount,
    origins: lines.reduce((sum, { amount }) => sum + amount, 0),
  }
}

function economyOf({ maxFlowAssets, links, fee, ...shares }: Chain): Economy {
  const acts: Act[] = []
  const put = (epoch: number, author: number, draft: DraftMap, signer?: number): ActionRef => {
    const number = acts.length
    const startsBatch = number % 1_000 === 0
    acts.push({ number, epoch, author, draft, startsBatch, ...(signer !== undefined && { signer }) })
    return new ActionRef(number)
  }
  const floor = { admission: 'open', reviewers: [], originShare: testnetParams.originFloor }
  const net = put(1, 0, { kind: 'datanet', name: 'n', ...floor, ...shares })
  const content = () => ({ datanet: net, ...someContent(`${acts.length}`) })
  const refinement = (parents: readonly (readonly [ActionRef, number])[]) =>
    put(1, 0, { kind: 'refinement', ...content(), parents: parents.map(parent => [...parent]) })
  let top = faintLineage({ contribution: () => put(1, 0, { kind: 'contribution', ...content() }), refinement })
  for (let i = 0; i < links; i++) top = refinement([[top, ppmWhole]])
  const price = { in: 0, out: 0 }
  const model = put(2, 1, { kind: 'model', name: 'm', baseShare: 0, minBaseShare: 0, data: [[net, ppmWhole]], price })
  const session = put(2, 2, { kind: 'session', payee: accountBytes(1), deposit: fee, expires: 9 })
  put(3, 1, { kind: 'voucher', session, total: fee }, 2)
  const hash = new Uint8Array(32)
  const bill = { session, fee, uses: [[top, ppmWhole]] as DraftMap[string] }
  put(3, 1, { kind: 'inference', model, request: hash, response: hash, tokensIn: 0, tokensOut: 0, ...bill })
  const params = { ...testnetParams, maxFlowAssets }
  const validators = [{ actor: 0, stake: 1, commission: 0 }]
  return { params, funds: [10 ** 12, 10 ** 12, 10 ** 12], validators, epochs: 3, signers: [], acts }
}
