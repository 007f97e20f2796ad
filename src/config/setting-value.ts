import { resolve } from 'node:path'
import { Check } from 'typebox/schema'
import { MalformedError } from '../../consensus/errors.ts'
import { isIpNetwork } from './ip-network.ts'
import { expectation, type Setting } from './setting.ts'

/** What a flag or a variable says, in the form that a file would; texts of a list are split at commas and blanks. */
export function valueOfText({ schema }: Setting, given: string | readonly string[]): unknown {
  const text = typeof given === 'string' ? given : given.join(' ')
  if (schema.type === 'array') return text.split(/[\s,]+/).filter(item => item !== '')
  if (schema.kind === 'integer') return /^\d+$/.test(text) ? Number(text) : text
  return text
}

/** A value that the setting's schema takes; a path absolute, from `folder` on. Throws MalformedError whose field is `name`. */
export function checkedValue(setting: Setting, value: unknown, name: string, folder: string): unknown {
  if (!Check(setting.schema, value) || !isOfKind(setting, value))
    throw new MalformedError(name, expectation(setting), value)
  return setting.schema.kind === 'path' ? resolve(folder, value as string) : value
}

/** What JSON Schema has no word for. */
function isOfKind({ schema }: Setting, value: unknown): boolean {
  return schema.kind !== 'networks' || (value as readonly string[]).every(isIpNetwork)
}
