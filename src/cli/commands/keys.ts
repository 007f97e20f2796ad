import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import { askPassphrase } from '../../config/passphrase.ts'
import { changeProtection, createKey, inspectKey, type Protection } from '../../keys/key-file.ts'
import { type KeyKind, keyKinds } from '../../keys/key-kind.ts'
import { addCommand, answers } from '../command.ts'
import { type Answer, type Output, UsageError } from '../output.ts'

interface PassphraseOptions {
  readonly passphraseFile?: string
}

interface NewOptions extends PassphraseOptions {
  readonly kind: string
  readonly unprotected?: boolean
}

interface PasswdOptions extends PassphraseOptions {
  readonly newPassphraseFile?: string
  readonly unprotected?: boolean
}

const passphraseHelp = 'file whose first line is the passphrase; else OPENLEDGER_PASSPHRASE, else it is asked for'

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
      'openledger keys new ./vote.json --kind vote --passphrase-file ./secret',
    ],
  })
    .option('--kind <kind>', `${keyKinds.join(', ')}`, 'account')
    .option('--passphrase-file <file>', passphraseHelp)
    .option('--unprotected', 'without a passphrase: for local testnets only')
  answers<NewOptions>(command, output, async ([file], options) => {
    if (!keyKinds.includes(options.kind as KeyKind))
      throw new UsageError(`kind: expected ${keyKinds.join(', ')}, got ${options.kind}`)
    const protection =
      options.unprotected === true ? ({ unprotected: true } as const) : await newPassphrase(options.passphraseFile)
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
    does: 'put a key under another passphrase',
    examples: ['openledger keys passwd ./ana.json --passphrase-file ./old --new-passphrase-file ./new'],
  })
    .option('--passphrase-file <file>', passphraseHelp)
    .option('--new-passphrase-file <file>', 'file whose first line is the new passphrase; else it is asked for')
    .option('--unprotected', 'take the passphrase off: for local testnets only')
  answers<PasswdOptions>(command, output, async ([file], options) => {
    const { kind, text, isProtected } = await inspectKey(file!)
    const former = isProtected
      ? await askPassphrase(source(options.passphraseFile), `Passphrase of ${file}: `)
      : undefined
    const next: Protection =
      options.unprotected === true ? { unprotected: true } : await nextPassphrase(options.newPassphraseFile)
    await changeProtection(file!, kind, former, next)
    return keyAnswer(file!, kind, text, options.unprotected !== true)
  })
}

function keyAnswer(file: string, kind: KeyKind, text: string, isProtected: boolean): Answer {
  const state = isProtected ? 'protected by a passphrase' : 'NOT protected'
  return { data: { file, kind, public: text, protected: isProtected }, text: `${kind} ${text}\n${file}, ${state}` }
}

async function newPassphrase(file: string | undefined): Promise<Protection> {
  const passphrase = await askPassphrase(source(file), 'New passphrase: ')
  if (passphrase !== undefined) return { passphrase }
  throw new LedgerError(
    'passphrase',
    'a key needs a passphrase',
    {},
    'give --passphrase-file or OPENLEDGER_PASSPHRASE; for a local testnet --unprotected',
  )
}

/** The environment holds the present passphrase, so the next one comes from elsewhere. */
async function nextPassphrase(file: string | undefined): Promise<Protection> {
  if (file !== undefined || process.env.OPENLEDGER_PASSPHRASE === undefined) return await newPassphrase(file)
  throw new LedgerError('passphrase', 'the new passphrase is missing', {}, 'give --new-passphrase-file')
}

function source(file: string | undefined): { file?: string } {
  return file === undefined ? {} : { file }
}
