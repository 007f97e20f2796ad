import { parseAccountKey } from '../../consensus/account.ts'
import { fromHex } from '../../consensus/bytes.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { type Genesis, type GenesisValidator, newGenesis } from '../../consensus/genesis.ts'
import { checkParams, defaultParams } from '../../consensus/params.ts'
import { parseOpen } from '../decimal.ts'
import { parseShare } from '../scenario/field.ts'

type Fields = Readonly<Record<string, unknown>>

const known = ['name', 'time', 'params', 'accounts', 'validators']

/** A genesis as people write it: JSON with amounts in OPEN and shares from 0 to 1. Throws MalformedError. */
export function parseGenesisSpec(text: string, nowMs: number): Genesis {
  const spec = fieldsOf(parseJson(text), 'genesis')
  const unknown = Object.keys(spec).find(field => !known.includes(field))
  if (unknown !== undefined) throw new MalformedError(unknown, `one of ${known.join(', ')}`, spec[unknown])
  const { name, time = nowMs, params = {}, accounts = {}, validators } = spec
  if (!Array.isArray(validators)) throw new MalformedError('validators', 'a list', validators)
  return newGenesis({
    name: textOf(name, 'name'),
    time: time as number,
    params: checkParams({ ...defaultParams, ...fieldsOf(params, 'params') }),
    accounts: Object.entries(fieldsOf(accounts, 'accounts')).map(([account, amount]) => [
      parseAccountKey(account, 'accounts'),
      parseOpen(amount, `accounts.${account}`),
    ]),
    validators: validators.map((item, i) => validatorOf(fieldsOf(item, `validators[${i}]`), `validators[${i}]`)),
  })
}

function validatorOf({ account, key, stake, commission = 0, name }: Fields, field: string): GenesisValidator {
  const bytes = fromHex(textOf(key, `${field}.key`))
  if (bytes === undefined) throw new MalformedError(`${field}.key`, 'a vote key in hex', key)
  return {
    account: parseAccountKey(textOf(account, `${field}.account`), `${field}.account`),
    key: bytes,
    stake: parseOpen(stake, `${field}.stake`),
    commission: parseShare(commission, `${field}.commission`),
    name: textOf(name, `${field}.name`),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new MalformedError('genesis', 'JSON', (error as Error).message)
  }
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw new MalformedError(field, 'text', value)
  return value
}

function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedError(field, 'an object', value)
  return value as Fields
}
