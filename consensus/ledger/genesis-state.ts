import type { ValidatorSet } from '../agreement/validator-set.ts'
import { type ByteKey, compareKeys } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { type Genesis, genesisSupply } from '../genesis.ts'
import { updateStateTree } from '../merkle/state-tree.ts'
import { accountCellKey, accountCodec, emptyAccount } from './cells/account.ts'
import { encodeCell } from './cells/cell.ts'
import { paramsCodec, paramsKey, setsCodec, setsKey, treasuryCodec, treasuryKey } from './cells/global.ts'
import { sumsCodec, sumsKey } from './cells/sums.ts'
import { positionCellKey, positionCodec, validatorCellKey, validatorCodec } from './cells/validator.ts'

/** The state at epoch 0 and its tree. */
export interface GenesisState {
  readonly state: ReadonlyMap<ByteKey, Uint8Array>
  readonly pages: ReadonlyMap<ByteKey, Uint8Array | null>
  /** 32 bytes. */
  readonly stateRoot: Uint8Array
}

export function genesisState(crypto: Crypto, genesis: Genesis): GenesisState {
  const state = new Map<ByteKey, Uint8Array>()
  for (const [account, balance] of genesis.accounts) {
    state.set(accountCellKey(account), encodeCell(accountCodec, { ...emptyAccount, balance }))
  }
  for (const { account, key, stake, commission } of genesis.validators) {
    const validator = { key, commission, bonded: stake, index: 0n, accrued: 0 }
    state.set(validatorCellKey(account), encodeCell(validatorCodec, validator))
    state.set(positionCellKey(account, account), encodeCell(positionCodec, { amount: stake, index: 0n }))
  }
  const set = genesisValidators(genesis)
  state.set(setsKey, encodeCell(setsCodec, { previous: set, current: set, next: set }))
  state.set(paramsKey, encodeCell(paramsCodec, genesis.params))
  state.set(treasuryKey, encodeCell(treasuryCodec, 0))
  state.set(sumsKey, encodeCell(sumsCodec, { supply: genesisSupply(genesis), waiting: 0, accrued: 0 }))
  const { root, pages } = updateStateTree(crypto, { get: () => undefined }, state)
  return { state, pages, stateRoot: root }
}

/** The set that votes on epochs 1 and 2. */
export function genesisValidators(genesis: Genesis): ValidatorSet {
  return genesis.validators
    .map(({ account, key, stake }) => ({ account, key, stake }))
    .sort((a, b) => compareKeys(a.account, b.account))
}
