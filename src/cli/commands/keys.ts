import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import { askPassword } from '../../config/password.ts'
import { changeProtection, createKey, inspectKey, type Protection } from '../../keys/key-file.ts'
import { type KeyKind, keyKinds } from '../../keys/key-kind.ts'
import { addCommand, answers } from '../command.ts'
import { type Answer, type Output, UsageError } from '../output.ts'

interface PasswordOptions {
  readonly passwordFile?: string
}

interface NewOptions extends PasswordOptions {
  readonly kind: string
  readonly unprotected?: boolean
}

interface PasswdOptions extends PasswordOptions {
  readonly newPasswordFile?: string
  readonly unprotected?: boolean
}

const passwordHelp = 'file whose first line is the password; else OPENLEDGER_PASSWORD, else it is asked for'

export function keysCommand(program: Command, output: Output): void {
  const keys = program.command('keys').description('make, show and protect key files')
  newCommand(keys, output)
  showCommand(keys, output)
  passwdCommand(keys, output)
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
    .option('--kind <kind>', `${keyKinds.join(', ')}`, 'account')
    .option('--password-file <file>', passwordHelp)
    .option('--unprotected', 'without a password: for local testnets only')
  answers<NewOptions>(command, output, async ([file], options) => {
    if (!keyKinds.includes(options.kind as KeyKind))
      throw new UsageError(`kind: expected ${keyKinds.join(', ')}, got ${options.kind}`)
    const protection =
      options.unprotected === true ? ({ unprotected: true } as const) : await newPassword(options.passwordFile)
    const { kind, text } = await createKey(file!, options.kind as KeyKind, protection)
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

function passwdCommand(keys: Command, output: Output): void {
  const command = addCommand(keys, {
    name: 'passwd <file>',
    does: 'put a key under another password',
    examples: ['openledger keys passwd ./ana.json --password-file ./old --new-password-file ./new'],
  })
    .option('--password-file <file>', passwordHelp)
    .option('--new-password-file <file>', 'file whose first line is the new password; else it is asked for')
    .option('--unprotected', 'take the password off: for local testnets only')
  answers<PasswdOptions>(command, output, async ([file], options) => {
    const { kind, text, isProtected } = await inspectKey(file!)
    const former = isProtected ? await askPassword(source(options.passwordFile), `Password of ${file}: `) : undefined
    const next: Protection =
      options.unprotected === true ? { unprotected: true } : await nextPassword(options.newPasswordFile)
    await changeProtection(file!, kind, former, next)
    return keyAnswer(file!, kind, text, options.unprotected !== true)
  })
}

function keyAnswer(file: string, kind: KeyKind, text: string, isProtected: boolean): Answer {
  const state = isProtected ? 'protected by a password' : 'NOT protected'
  return { data: { file, kind, public: text, protected: isProtected }, text: `${kind} ${text}\n${file}, ${state}` }
}

async function newPassword(file: string | undefined): Promise<Protection> {
  const password = await askPassword(source(file), 'New password: ')
  if (password !== undefined) return { password }
  throw new LedgerError(
    'password',
    'a key needs a password',
    {},
    'give --password-file or OPENLEDGER_PASSWORD; for a local testnet --unprotected',
  )
}

/** The environment holds the present password, so the next one comes from elsewhere. */
async function nextPassword(file: string | undefined): Promise<Protection> {
  if (file !== undefined || process.env.OPENLEDGER_PASSWORD === undefined) return await newPassword(file)
  throw new LedgerError('password', 'the new password is missing', {}, 'give --new-password-file')
}

function source(file: string | undefined): { file?: string } {
  return file === undefined ? {} : { file }
}
