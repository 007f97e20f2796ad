import { type Amount, addAmounts } from '../../amount.ts'
import { InvariantError } from '../../errors.ts'
import type { Params } from '../../params.ts'
import type { RefKey } from '../../ref.ts'
import type { AssetCell, DataCell, DatanetCell, ModelCell } from '../cells/asset.ts'
import { isData } from '../cells/asset.ts'
import type { OpeningState } from '../opening-state.ts'
import type { ClosingValidators } from '../stake/closing-validators.ts'
import type { Flow, FlowId, Inbound, ListName } from './flow.ts'
import { Payouts } from './payouts.ts'

/** Assets after the epoch's records: their owners are those who earn. */
export interface ClosingAssets {
  asset(ref: RefKey): AssetCell | undefined
}

/** What all stages of one epoch's flow share: who is paid, what goes to the treasury and the pool, and the flows so far. */
export class Routing {
  readonly opening: OpeningState
  readonly assets: ClosingAssets
  readonly validators: ClosingValidators
  readonly params: Params
  readonly payouts = new Payouts()
  readonly flows: Flow[] = []
  treasury: Amount = 0
  pool: Amount = 0
  readonly poolInbound: Inbound[] = []
  /** F4: inflow of assets. */
  readonly inflow = new Map<RefKey, Inbound[]>()

  constructor(opening: OpeningState, assets: ClosingAssets, validators: ClosingValidators, params: Params) {
    this.opening = opening
    this.assets = assets
    this.validators = validators
    this.params = params
  }

  toTreasury(amount: Amount): void {
    this.treasury = addAmounts(this.treasury, amount)
  }

  toPool(from: FlowId, amount: Amount): void {
    if (amount === 0) return
    this.pool = addAmounts(this.pool, amount)
    this.poolInbound.push({ from, list: 'fees', amount })
  }

  toAsset(asset: RefKey, from: FlowId, list: ListName, amount: Amount): void {
    if (amount === 0) return
    const lines = this.inflow.get(asset)
    const line: Inbound = { from, list, amount }
    if (lines === undefined) this.inflow.set(asset, [line])
    else lines.push(line)
  }

  model(ref: RefKey): ModelCell {
    const cell = this.assets.asset(ref)
    if (cell?.kind !== 'model' && cell?.kind !== 'agent') throw new InvariantError('F2', 'money at what is no model')
    return cell
  }

  data(ref: RefKey): DataCell {
    const cell = this.assets.asset(ref)
    if (cell === undefined || !isData(cell)) throw new InvariantError('F4', 'inflow at what is no asset')
    return cell
  }

  datanet(ref: RefKey): DatanetCell {
    const cell = this.assets.asset(ref)
    if (cell?.kind !== 'datanet') throw new InvariantError('F4', 'an asset without its datanet')
    return cell
  }
}

export function sumOf(lines: readonly Inbound[]): Amount {
  let sum = 0
  for (const line of lines) sum = addAmounts(sum, line.amount)
  return sum
}
