import { encodeValidatorSet, type ValidatorSet } from '../agreement/validator-set.ts'
import { type ByteKey, compareKeys, toKey } from '../bytes.ts'
import { encode } from '../cbor/encode.ts'
import type { Value } from '../cbor/value.ts'
import type { Crypto } from '../crypto.ts'
import { type Genesis, type GenesisValidator, genesisSupply } from '../genesis.ts'
import { updateStateTree } from '../merkle/state-tree.ts'
import { accountCellKey, accountCodec, emptyAccount } from './cells/account.ts'
import { candidateCellKey, candidateCodec } from './cells/candidate.ts'
import { encodeCell } from './cells/cell.ts'
import {
  attendanceCodec,
  attendanceKey,
  paramsCodec,
  paramsKey,
  setsCodec,
  setsKey,
  treasuryCodec,
  treasuryKey,
} from './cells/global.ts'
import { positionCellKey, positionCodec } from './cells/position.ts'
import { sumsCodec, sumsKey } from './cells/sums.ts'
import { emptyValidator, validatorCellKey, validatorCodec } from './cells/validator.ts'
import { voteKeyCellKey, voteKeyCodec } from './cells/vote-key.ts'

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
  for (const validator of genesis.validators) putValidator(state, validator)
  const set = genesisValidators(genesis)
  state.set(setsKey, encodeCell(setsCodec, { previous: set, current: set, next: set }))
  state.set(attendanceKey, encodeCell(attendanceCodec, []))
  state.set(paramsKey, encodeCell(paramsCodec, genesis.params))
  state.set(treasuryKey, encodeCell(treasuryCodec, 0))
  state.set(sumsKey, encodeCell(sumsCodec, { supply: genesisSupply(genesis), waiting: 0, accrued: 0 }))
  const { root, pages } = updateStateTree(crypto, { get: () => undefined }, state)
  return { state, pages, stateRoot: root }
}

/** In office from epoch 1 on, with its own stake alone. */
function putValidator(state: Map<ByteKey, Uint8Array>, validator: GenesisValidator): void {
  const { account, key, stake, commission, name } = validator
  const cell = { ...emptyValidator, key, commission, name, bonded: stake, positions: 1 }
  state.set(validatorCellKey(account), encodeCell(validatorCodec, cell))
  state.set(positionCellKey(account, account), encodeCell(positionCodec, { amount: stake, index: 0n, slashes: 0 }))
  const voteKey = { owner: account, from: 1, until: null, banned: false }
  state.set(voteKeyCellKey(toKey(key)), encodeCell(voteKeyCodec, voteKey))
  state.set(candidateCellKey(account, cell)!, encodeCell(candidateCodec, true))
}

/** The set that votes on epochs 1 and 2. */
export function genesisValidators(genesis: Genesis): ValidatorSet {
  return genesis.validators
    .map(({ account, key, stake }) => ({ account, key, stake }))
    .sort((a, b) => compareKeys(a.account, b.account))
}

/** What the first checkpoint will name, kept from the beginning: the validator set and the parameters. */
export function genesisBlocks(genesis: Genesis): Uint8Array[] {
  return [encodeValidatorSet(genesisValidators(genesis)), encode(genesis.params as unknown as Value)]
}
