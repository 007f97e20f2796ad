import { type Amount, addAmounts } from '../../consensus/amount.ts'
import type { ByteKey } from '../../consensus/bytes.ts'
import { InvariantError } from '../../consensus/errors.ts'
import { decodeGenesis, genesisSupply } from '../../consensus/genesis.ts'
import { accountCodec } from '../../consensus/ledger/cells/account.ts'
import { type CellCodec, cellPrefix, decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { treasuryCodec, treasuryKey } from '../../consensus/ledger/cells/global.ts'
import { sessionCodec } from '../../consensus/ledger/cells/session.ts'
import { sumsCodec, sumsKey } from '../../consensus/ledger/cells/sums.ts'
import { validatorCodec } from '../../consensus/ledger/cells/validator.ts'
import { waitingCodec } from '../../consensus/ledger/cells/waiting.ts'
import type { Supply } from '../api/node-view.ts'
import type { View } from '../store/view.ts'

/** What lies in a cell's bytes. */
type Count = (bytes: Uint8Array) => Amount

const counting =
  <T>(codec: CellCodec<T>): Count =>
  bytes =>
    codec.money(decodeCell(codec, bytes))

/** Cells that hold money, by the first byte of their key; the treasury's, alone among the global ones, by the whole of it. */
const counts: Readonly<Record<string, Count>> = {
  [cellPrefix.account]: counting(accountCodec),
  [cellPrefix.session]: counting(sessionCodec),
  [cellPrefix.validator]: counting(validatorCodec),
  [cellPrefix.waiting]: counting(waitingCodec),
  [treasuryKey]: counting(treasuryCodec),
}

/**
 * E2, counted anew from every cell of the state and so a check of the sums that epochs carry on: throws InvariantError where
 * they differ.
 */
export async function supplyNow(view: View, genesis: Uint8Array): Promise<Supply> {
  const counted = { supply: 0, waiting: 0, accrued: 0, treasury: 0 }
  for await (const [key, bytes] of view.cells('')) {
    const amount = moneyIn(key, bytes)
    counted.supply = addAmounts(counted.supply, amount)
    const prefix = key[0]
    if (prefix === cellPrefix.waiting) counted.waiting = addAmounts(counted.waiting, amount)
    if (prefix === cellPrefix.validator) counted.accrued += decodeCell(validatorCodec, bytes).accrued
    if (key === treasuryKey) counted.treasury = amount
  }
  const sums = view.state.get(sumsKey)
  const carried = sums === undefined ? undefined : decodeCell(sumsCodec, sums)
  for (const name of ['supply', 'waiting', 'accrued'] as const) {
    if (carried?.[name] !== counted[name]) {
      throw new InvariantError('E2', `the cells' ${name} is not what the sums say`, { counted, carried })
    }
  }
  const { supply: now, ...parts } = counted
  return { epoch: view.head?.epoch ?? 0, genesis: genesisSupply(decodeGenesis(genesis)), now, ...parts }
}

function moneyIn(key: ByteKey, bytes: Uint8Array): Amount {
  const count = counts[key] ?? counts[key[0]!]
  return count === undefined ? 0 : count(bytes)
}
