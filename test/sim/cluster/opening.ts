import type { ByteKey } from '../../../consensus/bytes.ts'
import { toHex, toKey } from '../../../consensus/bytes.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { encodeGenesis, type Genesis, newGenesis } from '../../../consensus/genesis.ts'
import { decodeCell, encodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { dueCellKey, dueMark } from '../../../consensus/ledger/cells/due.ts'
import { proposalCellKey, proposalCodec } from '../../../consensus/ledger/cells/proposal.ts'
import { validatorCellKey, validatorCodec } from '../../../consensus/ledger/cells/validator.ts'
import { genesisBlocks, genesisState, genesisValidators } from '../../../consensus/ledger/genesis-state.ts'
import { updateStateTree } from '../../../consensus/merkle/state-tree.ts'
import { type Params, testnetParams } from '../../../consensus/params.ts'
import type { RefKey } from '../../../consensus/ref.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import type { StateWrite } from '../../../src/store/epoch-write.ts'
import { accountOf, authorName, validatorKey, voteKeyOf } from './keys.ts'
import type { EconomyOpening } from './oracle/economy.ts'
import type { Scenario } from './scenario.ts'

/** What every machine of a run begins with. */
export interface Opening {
  readonly genesis: Uint8Array
  readonly chain: Cid
  readonly state: StateWrite
  /** The same for the oracle. */
  readonly economy: EconomyOpening
}

export const beginMs = Date.UTC(2026, 0, 1)
const funds = 10_000_000_000
const epochMs = 1_000
/** The least that the rules allow, so that a cut can be full. */
const maxEpochBytes = 4 * 1024 * 1024

export function makeOpening(scenario: Scenario): Opening {
  const { stakes, authors, joining } = scenario
  const maxValidators = Math.max(testnetParams.maxValidators, stakes.length)
  const params: Params = { ...testnetParams, epochMs, maxEpochBytes, maxValidators, bytePrice: 0 }
  const accounts = [
    ...Array.from({ length: authors.count }, (_, i) => [accountOf(authorName(i)), funds] as const),
    ...stakes.map((_, i) => [toKey(validatorKey(i).publicKey), funds] as const),
  ]
  const validators = stakes.flatMap((stake, i) => {
    if (joining.has(i)) return []
    const [account, key] = [toKey(validatorKey(i).publicKey), voteKeyOf(i).publicKey]
    return [{ account, key, stake, commission: 0, name: `validator ${i}` }]
  })
  const genesis = newGenesis({ name: 'simulation', time: beginMs - 1_000, params, accounts, validators })
  const bytes = encodeGenesis(genesis)
  return {
    genesis: bytes,
    chain: Cid.of(nativeCrypto, bytes),
    state: openingState(genesis, scenario),
    economy: {
      accounts: new Map(accounts.map(([account, amount]) => [hexOfKey(account), amount])),
      validators: validators.map(({ account, key, stake }) => ({ account: hexOfKey(account), key: toHex(key), stake })),
      params: params as unknown as ValueMap,
      passed: scenario.passed,
    },
  }
}

const hexOfKey = (key: ByteKey): string => Buffer.from(key, 'latin1').toString('hex')

/** The genesis' state, and what was voted for long before the run: votes take longer than it lasts. */
function openingState(genesis: Genesis, { passed }: Scenario): StateWrite {
  const { state, pages } = genesisState(nativeCrypto, genesis)
  const blocks = genesisBlocks(genesis)
  if (passed === undefined) return { state, pages, blocks }
  const cells = new Map(state)
  const ref = toKey(new Uint8Array(36)) as RefKey
  const voters = genesisValidators(genesis)
  const { account } = voters[0]!
  const cell = { author: account, changes: passed.changes, spend: null, voters, ends: 0, effect: passed.effect }
  cells.set(proposalCellKey(ref), encodeCell(proposalCodec, cell))
  cells.set(dueCellKey(passed.effect, 'p', ref), dueMark)
  const validator = decodeCell(validatorCodec, state.get(validatorCellKey(account))!)
  cells.set(validatorCellKey(account), encodeCell(validatorCodec, { ...validator, proposal: ref }))
  const tree = updateStateTree(nativeCrypto, { get: () => undefined }, cells)
  return { state: cells, pages: tree.pages, blocks }
}
