import type { AccountKey } from './account.ts'
import { type Amount, addAmounts, type Ppm, ppmWhole, supplyMax } from './amount.ts'
import { compareKeys, fromKey, toKey } from './bytes.ts'
import { decode } from './cbor/decode.ts'
import { encode } from './cbor/encode.ts'
import { bytesOf, integerOf, listOf, mapOf, tupleOf } from './cbor/fields.ts'
import type { Value } from './cbor/value.ts'
import { isPublicKey } from './crypto.ts'
import { MalformedError } from './errors.ts'
import { checkParams, type Params } from './params.ts'

export interface GenesisValidator {
  readonly account: AccountKey
  /** Vote key, 32 bytes. */
  readonly key: Uint8Array
  readonly stake: Amount
  readonly commission: Ppm
  readonly name: string
}

/** The beginning of a ledger. The CID of its block names the chain. */
export interface Genesis {
  /** Tells apart networks that begin alike. */
  readonly name: string
  /** Milliseconds since 1970; the first checkpoint is later. */
  readonly time: number
  readonly params: Params
  /** In account order. */
  readonly accounts: readonly (readonly [account: AccountKey, balance: Amount])[]
  /** In account order. */
  readonly validators: readonly GenesisValidator[]
}

const genesisVersion = 1
const nameMax = 128
const accountsMax = 1_000_000
const fields = ['v', 'name', 'time', 'params', 'accounts', 'validators']

export function encodeGenesis(genesis: Genesis): Uint8Array {
  return encode({
    v: genesisVersion,
    name: genesis.name,
    time: genesis.time,
    params: genesis.params as unknown as Value,
    accounts: genesis.accounts.map(([account, balance]) => [fromKey(account), balance]),
    validators: genesis.validators.map(({ account, key, stake, commission, name }) => [
      fromKey(account),
      key,
      stake,
      commission,
      name,
    ]),
  })
}

/** Throws EncodingError or MalformedError. Needs a validator with stake, and a supply within bounds. */
export function decodeGenesis(block: Uint8Array): Genesis {
  const map = mapOf(decode(block), 'genesis', fields)
  if (map.v !== genesisVersion) throw new MalformedError('genesis.v', `${genesisVersion}`, map.v)
  const genesis: Genesis = {
    name: nameOf(map.name, 'genesis.name'),
    time: integerOf(map.time, 'genesis.time', 0, Number.MAX_SAFE_INTEGER),
    params: checkParams(map.params, 'genesis.params'),
    accounts: listOf(map.accounts, 'genesis.accounts', accountsMax).map((item, i) => {
      const [account, balance] = tupleOf(item, `genesis.accounts[${i}]`, 2)
      return [
        accountOf(account, `genesis.accounts[${i}][0]`),
        integerOf(balance, `genesis.accounts[${i}][1]`, 0, supplyMax),
      ]
    }),
    validators: listOf(map.validators, 'genesis.validators').map((item, i) =>
      validatorOf(item, `genesis.validators[${i}]`),
    ),
  }
  checkGenesis(genesis)
  return genesis
}

/** Brings accounts and validators into order and checks the whole; throws MalformedError. */
export function newGenesis(draft: Genesis): Genesis {
  const genesis = {
    ...draft,
    accounts: [...draft.accounts].sort(([a], [b]) => compareKeys(a, b)),
    validators: [...draft.validators].sort((a, b) => compareKeys(a.account, b.account)),
  }
  return decodeGenesis(encodeGenesis(genesis))
}

/** µOPEN in existence at the beginning. */
export function genesisSupply(genesis: Genesis): Amount {
  let supply = 0
  for (const [, balance] of genesis.accounts) supply = addAmounts(supply, balance)
  for (const { stake } of genesis.validators) supply = addAmounts(supply, stake)
  return supply
}

function checkGenesis(genesis: Genesis): void {
  const { accounts, validators, params } = genesis
  checkOrder(
    'genesis.accounts',
    accounts.map(([account]) => account),
  )
  checkOrder(
    'genesis.validators',
    validators.map(({ account }) => account),
  )
  if (validators.length < 1 || validators.length > params.maxValidators) {
    throw new MalformedError('genesis.validators', `1 to ${params.maxValidators} validators`, validators.length)
  }
  if (new Set(validators.map(({ key }) => toKey(key))).size !== validators.length) {
    throw new MalformedError('genesis.validators', 'a vote key of its own for each', validators)
  }
  const supply = [...accounts.map(([, balance]) => balance), ...validators.map(({ stake }) => stake)].reduce(
    (sum, amount) => sum + amount,
    0,
  )
  if (supply > supplyMax) throw new MalformedError('genesis', `a supply of at most ${supplyMax} µOPEN`, supply)
}

function checkOrder(field: string, accounts: readonly AccountKey[]): void {
  for (let i = 1; i < accounts.length; i++) {
    if (accounts[i - 1]! >= accounts[i]!)
      throw new MalformedError(`${field}[${i}]`, 'accounts in ascending order', accounts[i])
  }
}

function validatorOf(value: Value, field: string): GenesisValidator {
  const [account, key, stake, commission, name] = tupleOf(value, field, 5)
  const voteKey = bytesOf(key, `${field}[1]`, 32)
  if (!isPublicKey(voteKey)) throw new MalformedError(`${field}[1]`, 'an Ed25519 public key', voteKey)
  return {
    account: accountOf(account, `${field}[0]`),
    key: voteKey,
    stake: integerOf(stake, `${field}[2]`, 1, supplyMax),
    commission: integerOf(commission, `${field}[3]`, 0, ppmWhole),
    name: nameOf(name, `${field}[4]`),
  }
}

function accountOf(value: Value | undefined, field: string): AccountKey {
  const bytes = bytesOf(value, field, 32)
  if (!isPublicKey(bytes)) throw new MalformedError(field, 'an Ed25519 public key', bytes)
  return toKey(bytes)
}

function nameOf(value: Value | undefined, field: string): string {
  if (typeof value !== 'string' || value.length < 1 || value.length > nameMax) {
    throw new MalformedError(field, `text of 1 to ${nameMax}`, value)
  }
  return value
}
