import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { LedgerError } from '../../../consensus/errors.ts'
import { askPassword, askSecret } from '../../config/password.ts'
import { createKey, inspectKey, loadKey } from '../../keys/key-file.ts'
import { keyKindOf } from '../../keys/key-kind.ts'
import { parseSeed, seedText } from '../../keys/seed-text.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { keyAnswer } from '../key-answer.ts'
import { newProtection, type ProtectionOptions, passwordHelp } from '../new-password.ts'
import { type Output, UsageError } from '../output.ts'

interface ImportOptions extends ProtectionOptions {
  readonly kind: ReturnType<typeof keyKindOf>
  readonly seedFile?: string
}

interface ExportOptions extends ProtectionOptions {
  readonly revealSeed?: boolean
}

/** A seed never stands in the command line, where every user of the machine could read it. */
export function importKeyCommand(keys: Command, output: Output): void {
  const command = addCommand(keys, {
    name: 'import <file>',
    does: 'make a key file of a seed: 64 hex digits, the 32 bytes of an Ed25519 seed (RFC 8032)',
    examples: [
      'openledger keys import ./ana.json --seed-file ./seed.txt',
      'openledger keys export ./old.json --reveal-seed | openledger keys import ./new.json --password-file ./secret',
    ],
  })
    .addOption(parsedOption('--kind <kind>', 'account, vote or peer', keyKindOf).default('account'))
    .option('--seed-file <file>', 'file that holds the seed; else it is read from standard input')
    .option('--password-file <file>', passwordHelp)
    .option('--unprotected', 'without a password: for local testnets only')
  answers<ImportOptions>(command, output, async ([file], options) => {
    const seed = parseSeed(await readSeed(options.seedFile))
    const { text } = await createKey(file!, options.kind, await newProtection(options), seed)
    return keyAnswer(file!, options.kind, text, options.unprotected !== true)
  })
}

export function exportKeyCommand(keys: Command, output: Output): void {
  const command = addCommand(keys, {
    name: 'export <file>',
    does: 'print the seed of a key, as 64 hex digits: whoever reads it has the key',
    examples: ['openledger keys export ./ana.json --reveal-seed > seed.txt'],
  })
    .option('--reveal-seed', 'really print it')
    .option('--password-file <file>', passwordHelp)
  answers<ExportOptions>(command, output, async ([file], { revealSeed, passwordFile }) => {
    if (revealSeed !== true) {
      throw new UsageError(
        'whoever reads the seed has the key, and all that it owns; nothing was printed',
        'add --reveal-seed, and let nobody watch; keys show prints the public half',
      )
    }
    const { kind, isProtected } = await inspectKey(file!)
    const source = passwordFile === undefined ? {} : { file: passwordFile }
    const password = isProtected ? await askPassword(source, `Password of ${file}: `) : undefined
    const { seed, text } = await loadKey(file!, kind, password)
    return { data: { file, kind, public: text, seed: seedText(seed) }, text: seedText(seed) }
  })
}

async function readSeed(file: string | undefined): Promise<string> {
  if (file !== undefined) {
    return await readFile(file, 'utf8').catch((error: Error) => {
      throw new LedgerError('file', `can't read the seed: ${error.message}`, { file }, 'check --seed-file FILE')
    })
  }
  return process.stdin.isTTY ? await askSecret('Seed, 64 hex digits: ') : await readAll(process.stdin)
}
