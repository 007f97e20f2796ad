import { resolve } from 'node:path'
import type { Command } from 'commander'
import { usualData } from '../../config/default-data.ts'
import { askPassword } from '../../config/password.ts'
import { changeProtection, createKey, inspectKey } from '../../keys/key-file.ts'
import { type FoundKeys, findKeys } from '../../keys/key-folder.ts'
import { type KeyKind, keyKindOf } from '../../keys/key-kind.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { keyAnswer, protectionText } from '../key-answer.ts'
import { newProtection, nextProtection, type ProtectionOptions, passwordHelp } from '../new-password.ts'
import type { Answer, Output } from '../output.ts'
import { table } from '../table.ts'
import { exportKeyCommand, importKeyCommand } from './key-seed.ts'

interface NewOptions extends ProtectionOptions {
  readonly kind: KeyKind
}

interface PasswdOptions extends ProtectionOptions {
  readonly newPasswordFile?: string
}

export function keysCommand(program: Command, output: Output): void {
  const keys = program.command('keys').description('make, show, protect and move key files')
  newCommand(keys, output)
  showCommand(keys, output)
  listCommand(keys, output)
  passwdCommand(keys, output)
  importKeyCommand(keys, output)
  exportKeyCommand(keys, output)
}

function newCommand(keys: Command, output: Output): void {
  const command = addCommand(keys, {
    name: 'new <file>',
    does: 'make a key in a new file',
    examples: [
      'openledger keys new ./ana.json',
      'openledger keys new ./vote.json --kind vote --password-file ./secret',
    ],
  })
    .addOption(parsedOption('--kind <kind>', 'account, vote or peer', keyKindOf).default('account'))
    .option('--password-file <file>', passwordHelp)
    .option('--unprotected', 'without a password: for local testnets only')
  answers<NewOptions>(command, output, async ([file], options) => {
    const { kind } = options
    const { text } = await createKey(file!, kind, await newProtection(options))
    return keyAnswer(file!, kind, text, options.unprotected !== true)
  })
}

function showCommand(keys: Command, output: Output): void {
  const command = addCommand(keys, {
    name: 'show <file>',
    does: 'the public half of a key',
    examples: ['openledger keys show ./ana.json'],
  })
  answers(command, output, async ([file]) => {
    const { kind, text, isProtected } = await inspectKey(file!)
    return keyAnswer(file!, kind, text, isProtected)
  })
}

function listCommand(keys: Command, output: Output): void {
  const command = addCommand(keys, {
    name: 'list [dir]',
    does: "the key files in a folder, or in a node's data folder; by default in the usual one",
    examples: ['openledger keys list', 'openledger keys list ./node --json'],
  })
  answers(command, output, async ([dir]) => {
    const folder = resolve(dir ?? (await usualData(process.env)))
    return listAnswer(folder, await findKeys(folder))
  })
}

function listAnswer(dir: string, { keys: found, passedOver }: FoundKeys): Answer {
  const keys = found.map(key =>
    'error' in key
      ? { file: key.path, problem: key.error.message, next: key.error.next ?? null }
      : { file: key.path, kind: key.kind, public: key.text, protected: key.isProtected },
  )
  const data = { dir, keys, passedOver }
  const notes = passedOver.map(path => `passed over ${path}: no JSON; if it was a key, restore the file from a backup`)
  if (found.length === 0) return { data, text: [`no keys in ${dir}`, ...notes].join('\n') }
  const rows = found.map(key =>
    'error' in key
      ? [key.path, '-', `${key.error.message}; next: ${key.error.next}`]
      : [key.path, key.kind, `${key.text}, ${protectionText(key.isProtected)}`],
  )
  return { data, text: [table(['file', 'kind', 'key'], rows), ...notes].join('\n') }
}

function passwdCommand(keys: Command, output: Output): void {
  const command = addCommand(keys, {
    name: 'passwd <file>',
    does: 'put a key under another password',
    examples: ['openledger keys passwd ./ana.json --password-file ./old --new-password-file ./new'],
  })
    .option('--password-file <file>', passwordHelp)
    .option('--new-password-file <file>', 'file whose first line is the new password; else it is asked for')
    .option('--unprotected', 'take the password off: for local testnets only')
  answers<PasswdOptions>(command, output, async ([file], { passwordFile, newPasswordFile, unprotected }) => {
    const { kind, text, isProtected } = await inspectKey(file!)
    const former = isProtected
      ? await askPassword(passwordFile === undefined ? {} : { file: passwordFile }, `Password of ${file}: `)
      : undefined
    const next = await nextProtection({
      ...(newPasswordFile === undefined ? {} : { passwordFile: newPasswordFile }),
      ...(unprotected === undefined ? {} : { unprotected }),
    })
    await changeProtection(file!, kind, former, next)
    return keyAnswer(file!, kind, text, unprotected !== true)
  })
}
