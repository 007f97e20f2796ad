import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import { nearest } from './nearest.ts'
import { type Setting, settings } from './setting.ts'
import { checkedValue } from './setting-value.ts'
import type { SettingName } from './settings.ts'

/** What a config file (JSON) says; paths in it are relative to its folder. Throws LedgerError `config` naming the field. */
export async function readConfigFile(file: string): Promise<Map<SettingName, unknown>> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new LedgerError('config', `can't read the config: ${error.message}`, { file }, 'check --config FILE')
  })
  try {
    return parse(text, file, dirname(resolve(file)))
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error
    throw new LedgerError('config', `${file}: ${error.message}`, error.facts, 'correct that field')
  }
}

function parse(text: string, file: string, folder: string): Map<SettingName, unknown> {
  const values = new Map<SettingName, unknown>()
  for (const [field, value] of Object.entries(fieldsOf(text))) {
    const setting = settings.find(({ name }) => name === field) ?? refuseField(file, field)
    values.set(setting.name, checkedValue(setting, value, field, folder))
  }
  return values
}

function refuseField(file: string, field: string): never {
  throw new LedgerError(
    'config',
    `${file}: ${field}: no setting has this name`,
    { file, field },
    nearest(
      field,
      settings.map(({ name }: Setting) => name),
    ),
  )
}

function fieldsOf(text: string): object {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new MalformedError('config', 'JSON', (error as Error).message)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new MalformedError('config', 'an object', value)
}
