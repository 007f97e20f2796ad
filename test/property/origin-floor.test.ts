/**
 * F6, with integers. Of an inflow I into a refinement with originShare s and kept origin weights K (ppm):
 *
 * a) s is at least the floor, and at least each parent's: no layer lowers it;
 * b) exactly ⌊⌊I·s/10^6⌋·K/10^6⌋ goes straight to the owners of its origins, before anybody else has a part;
 * c) what is missing of the origins' part (10^6 − K) goes to the parents whole, past the datanet's owner and the refiner, so that
 *    the same holds of it there;
 * d) K lacks less than 512 ppm per layer as long as no lineage below has more than 32 origins: each of at most 16·32 roundings
 *    loses less than 1. Of one origin, or of layers with one parent each, nothing is lost.
 *
 * So with at most 32 origins at least ⌊⌊I·floor/10^6⌋·(10^6 − 512·height)/10^6⌋ reaches them, whoever puts what on top.
 * Of more origins the missing part is inflow like any other: a layer lets its floor through, not all of it (F4).
 */
import * as assert from 'uvu/assert'
import { type Amount, ppmWhole } from '../../consensus/amount.ts'
import { type AssetCell, assetCellKey, assetCodec, type RefinementCell } from '../../consensus/ledger/cells/asset.ts'
import type { EpochResult } from '../../consensus/ledger/execute.ts'
import type { Flow } from '../../consensus/ledger/flow/flow.ts'
import { testnetParams } from '../../consensus/params.ts'
import { ActionRef, type Draft, type DraftMap } from '../../src/scenario/draft.ts'
import type { EpochLedger } from '../fixtures/epoch-ledger.ts'
import { suite } from '../harness.ts'
import { type Random, randomFrom } from '../sim/random.ts'
import { type Act, accountBytes, type Economy } from './economy/economy.ts'
import { economyFrom, someContent, someWeights } from './economy/generator.ts'
import { playEconomy } from './economy/play.ts'

const test = suite('property: the origin floor')
const floorOf = (amount: Amount, ppm: number): Amount => Number((BigInt(amount) * BigInt(ppm)) / BigInt(ppmWhole))
const sum = (amounts: readonly Amount[]): Amount => amounts.reduce((total, amount) => total + amount, 0)

test('F6: a) to c) hold for every inflow of every economy', () => {
  let missed = 0
  for (let seed = 70_000; seed < 70_300; seed++) {
    const { ledger } = playEconomy(economyFrom(seed))
    for (const result of ledger.results) {
      for (const flow of result.flows.filter(({ kind }) => kind === 'asset')) {
        const cell = assetOf(ledger, flow.key)
        if (cell.kind === 'refinement') missed += checkRefinement(ledger, result, flow, cell)
      }
    }
  }
  assert.ok(missed > 0, 'no money was missing anywhere')
})

function assetOf(ledger: EpochLedger, ref: string): AssetCell {
  return ledger.cell(assetCodec, assetCellKey(ref))!
}

/** Answers what was missing of the origins' part. */
function checkRefinement(ledger: EpochLedger, result: EpochResult, flow: Flow, cell: RefinementCell): Amount {
  const { originFloor, maxFlowAssets } = ledger.genesis.params
  assert.ok(cell.originShare >= originFloor)
  for (const [parent] of cell.parents) {
    const above = assetOf(ledger, parent)
    assert.ok('originShare' in above && cell.originShare >= above.originShare)
  }
  const originPart = floorOf(sum(flow.inbound.map(({ amount }) => amount)), cell.originShare)
  const direct = floorOf(originPart, sum(cell.origins.map(([, weight]) => weight)))
  const paid = linesFrom(result, flow.key, 'origin')
  const passedOn = inflowsFrom(result, flow.key)
  // Where assets are too many, the kept origins stand for the parents and get their part too.
  if (maxFlowAssets > 1_000) assert.is(paid, direct)
  else assert.ok(paid >= direct)
  const missing = originPart - direct
  assert.ok(passedOn + paid - direct >= missing)
  return missing
}

function linesFrom(result: EpochResult, source: string, role: string): Amount {
  const lines = result.payouts.flatMap(payout => payout.lines)
  return sum(lines.filter(line => line.source === source && line.role === role).map(({ amount }) => amount))
}

function inflowsFrom({ flows }: EpochResult, source: string): Amount {
  const inbound = flows.filter(({ kind }) => kind === 'asset').flatMap(flow => flow.inbound)
  return sum(inbound.filter(({ from }) => from.kind === 'asset' && from.key === source).map(({ amount }) => amount))
}

test('F6: however an adversary layers, at most 32 origins get the floor, less 512 ppm of it per layer', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = randomFrom(seed)
    const { origins, inflow, height } = playLineage(lineage(random, 1 + random.below(32), 1 + random.below(10)))
    const least = floorOf(floorOf(inflow, testnetParams.originFloor), ppmWhole - 512 * height)
    assert.ok(origins >= least, `seed ${seed}: ${origins} of ${inflow} reached the origins, expected ${least}`)
  }
})

test('F6: a single origin gets the whole floor, to the µOPEN', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed)
    const { origins, inflow } = playLineage(lineage(random, 1, 1 + random.below(12)))
    assert.ok(origins >= floorOf(inflow, testnetParams.originFloor), `seed ${seed}: ${origins} of ${inflow}`)
  }
})

/** Honest data, an adversary's layers over it, and one inference that names the uppermost. */
function lineage(random: Random, origins: number, layers: number): Economy {
  const acts: Act[] = []
  const put = (epoch: number, author: number, draft: DraftMap, signer?: number): ActionRef => {
    const number = acts.length
    acts.push({ number, epoch, author, draft, startsBatch: false, ...(signer !== undefined && { signer }) })
    return new ActionRef(number)
  }
  const honest = put(1, 0, datanet(0, testnetParams.originFloor, 300_000))
  const greedy = [0, ppmWhole].map(refinerShare => put(2, 1, datanet(200_000, testnetParams.originFloor, refinerShare)))
  const data = Array.from({ length: origins }, (_, i) =>
    put(1, 0, { kind: 'contribution', datanet: honest, ...someContent(`origin ${i}`) }),
  )
  for (let i = 0; i < layers; i++) {
    // Mostly on top of what there is, so that the layers pile up.
    const parents = new Map<number, ActionRef>([[data.length - 1, data.at(-1)!]])
    for (let j = random.below(16); j > 0; j--) {
      const at = random.below(data.length)
      parents.set(at, data[at]!)
    }
    const weights = someWeights(random, parents.size, 15_625)
    const weighted: Draft[] = [...parents.values()].map((parent, j) => [parent, weights[j]!])
    const where = { datanet: random.pick(greedy), ...someContent(`layer ${i}`) }
    data.push(put(2, 1, { kind: 'refinement', ...where, parents: weighted }))
  }
  const nets: Draft[] = [honest, ...greedy].map((net, i) => [net, i === 0 ? 999_998 : 1])
  const model = put(3, 1, {
    kind: 'model',
    name: 'm',
    baseShare: 0,
    minBaseShare: 0,
    data: nets,
    price: { in: 0, out: 0 },
  })
  const deposit = Math.floor(10 ** (1 + 9 * random.next()))
  const session = put(3, 2, { kind: 'session', payee: accountBytes(1), deposit, expires: 9 })
  put(4, 1, { kind: 'voucher', session, total: deposit }, 2)
  const hash = new Uint8Array(32)
  const bill = { session, fee: deposit, uses: [[data.at(-1)!, ppmWhole]] satisfies Draft }
  put(4, 1, { kind: 'inference', model, request: hash, response: hash, tokensIn: 0, tokensOut: 0, ...bill })
  const validators = [{ actor: 0, stake: 1, commission: 0 }]
  return { params: testnetParams, funds: [0, 0, 10 ** 12], validators, epochs: 4, signers: [], acts }
}

function datanet(ownerShare: number, originShare: number, refinerShare: number): DraftMap {
  return { kind: 'datanet', name: 'n', admission: 'open', reviewers: [], ownerShare, originShare, refinerShare }
}

/** What went into the uppermost refinement, its height, and what reached owners of origins as such. */
function playLineage(economy: Economy): { inflow: Amount; height: number; origins: Amount } {
  const { ledger, acts } = playEconomy(economy)
  assert.equal(
    acts.map(({ outcome }) => outcome).filter(outcome => outcome !== 'done'),
    ['paid'],
  )
  const { flows, payouts } = ledger.results.at(-1)!
  const uses = flows.flatMap(({ lists }) => lists).find(({ name }) => name === 'uses')
  if (uses === undefined) return { inflow: 0, height: 0, origins: 0 }
  const top = assetOf(ledger, uses.parts[1]!.to) as RefinementCell
  const lines = payouts.flatMap(payout => payout.lines).filter(({ role }) => role === 'origin')
  return { inflow: uses.amount, height: top.height, origins: sum(lines.map(({ amount }) => amount)) }
}
