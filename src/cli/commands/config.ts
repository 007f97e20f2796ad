import type { Command } from 'commander'
import type { Origin, SettingInForce } from '../../config/node-config.ts'
import { passwordVariable, variableText } from '../../config/variables.ts'
import { addCommand, answers } from '../command.ts'
import type { Answer, Output } from '../output.ts'
import { type SettingOptions, settingOptions, settingsOf } from '../setting-options.ts'
import { table } from '../table.ts'

interface PrintOptions {
  readonly origin?: boolean
}

export function configCommand(program: Command, output: Output): void {
  const config = program.command('config').description('show the settings of a node')
  const print = addCommand(config, {
    name: 'print',
    does: 'every setting that `start` would run with under the same flags and environment; secrets are never shown',
    examples: [
      'openledger config print --origin',
      'openledger config print --config ./node/config.json --json',
      'OPENLEDGER_LOG=debug openledger config print --origin',
    ],
  }).option('--origin', 'also where each comes from: a flag, a variable, the file or the default')
  answers<PrintOptions & SettingOptions>(settingOptions(print), output, async (_, { origin, ...options }) =>
    printAnswer(await settingsOf(options), origin === true),
  )
}

function printAnswer(inForce: readonly SettingInForce[], withOrigin: boolean): Answer {
  const password = passwordSource(inForce)
  const data = Object.fromEntries(
    inForce.map(({ setting, value = null, origin }) => [setting.name, withOrigin ? { value, origin } : value]),
  )
  const rows = [
    ...inForce.map(({ setting, value, origin }) => [setting.name, valueText(value), originText(origin)]),
    ['password', password === null ? '-' : 'given, not shown', password ?? 'nowhere'],
  ]
  const head = withOrigin ? ['setting', 'value', 'from'] : ['setting', 'value']
  return {
    data: { settings: data, password },
    text: table(
      head,
      rows.map(row => row.slice(0, head.length)),
    ),
  }
}

/** What would be asked for the password; null where nothing would. */
function passwordSource(inForce: readonly SettingInForce[]): string | null {
  const file = inForce.find(({ setting }) => setting.name === 'passwordFile')!
  if (file.value !== undefined) return 'passwordFile'
  return variableText(process.env, passwordVariable) === undefined ? null : passwordVariable
}

function valueText(value: unknown): string {
  if (value === undefined) return '-'
  return Array.isArray(value) ? value.join(' ') || '-' : String(value)
}

function originText({ from, name }: Origin): string {
  return name === null ? from : `${from} ${name}`
}
