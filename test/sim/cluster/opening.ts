import { encodeValidatorSet, type ValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import { compareKeys, toHex } from '../../../consensus/bytes.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { encodeGenesis, type Genesis, newGenesis } from '../../../consensus/genesis.ts'
import { encodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { setsCodec, setsKey } from '../../../consensus/ledger/cells/global.ts'
import { genesisState, genesisValidators } from '../../../consensus/ledger/genesis-state.ts'
import { updateStateTree } from '../../../consensus/merkle/state-tree.ts'
import { type Params, testnetParams } from '../../../consensus/params.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { StateWrite } from '../../../src/store/epoch-write.ts'
import { accountOf, authorName, validatorAccount, voteKeyOf } from './keys.ts'
import type { Office } from './oracle/office.ts'
import type { Scenario } from './scenario.ts'

/** What every machine of a run begins with. */
export interface Opening {
  readonly genesis: Uint8Array
  readonly chain: Cid
  readonly state: StateWrite
  /** Who votes on an epoch. */
  readonly officeOf: (epoch: number) => Office
}

export const beginMs = Date.UTC(2026, 0, 1)
const funds = 1_000_000_000
const epochMs = 1_000
/** The least that the rules allow, so that a cut can be full. */
const maxEpochBytes = 4 * 1024 * 1024

export function makeOpening(scenario: Scenario): Opening {
  const { stakes, authors } = scenario
  const params: Params = { ...testnetParams, epochMs, maxEpochBytes, bytePrice: 0 }
  const genesis = newGenesis({
    name: 'simulation',
    time: beginMs - 1_000,
    params,
    accounts: Array.from({ length: authors.count }, (_, i) => [accountOf(authorName(i)), funds]),
    validators: stakes.map((stake, i) => ({
      account: validatorAccount(i),
      key: voteKeyOf(i).publicKey,
      stake,
      commission: 0,
      name: `validator ${i}`,
    })),
  })
  const sets = validatorSets(scenario, genesis)
  const bytes = encodeGenesis(genesis)
  return {
    genesis: bytes,
    chain: Cid.of(nativeCrypto, bytes),
    state: openingState(genesis, sets),
    officeOf: epoch => (epoch === 1 ? sets.first : sets.second).map(({ key, stake }) => ({ key: toHex(key), stake })),
  }
}

interface Sets {
  readonly first: ValidatorSet
  readonly second: ValidatorSet
}

function validatorSets({ leaving, joining }: Scenario, genesis: Genesis): Sets {
  const all = genesisValidators(genesis)
  const without = (absent: ReadonlySet<number>): ValidatorSet => {
    const accounts = new Set([...absent].map(validatorAccount))
    return all.filter(({ account }) => !accounts.has(account)).sort((a, b) => compareKeys(a.account, b.account))
  }
  return { first: without(joining), second: without(leaving) }
}

/** The genesis' state, but that the set which it elects takes office in epoch 2 and needs not be that of epoch 1. */
function openingState(genesis: Genesis, { first, second }: Sets): StateWrite {
  const { state } = genesisState(nativeCrypto, genesis)
  const cells = new Map(state)
  cells.set(setsKey, encodeCell(setsCodec, { previous: first, current: first, next: second }))
  const { pages } = updateStateTree(nativeCrypto, { get: () => undefined }, cells)
  const blocks = [encodeValidatorSet(first), encodeValidatorSet(second), encode(genesis.params as unknown as Value)]
  return { state: cells, pages, blocks }
}
