import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { LedgerError } from '../../consensus/errors.ts'

/** Named here, so that a passphrase never stands in a command line, where every user of the machine could read it. */
export const passphraseVariable = 'OPENLEDGER_PASSPHRASE'

export interface PassphraseSource {
  /** A file whose first line is the passphrase. */
  readonly file?: string
}

/** The passphrase of key files, from the file or the environment; undefined where neither says. */
export async function givenPassphrase({ file }: PassphraseSource): Promise<string | undefined> {
  if (file === undefined) return process.env[passphraseVariable]
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new LedgerError('passphrase', `can't read the passphrase file: ${error.message}`, { file })
  })
  return text.split(/\r?\n/, 1)[0]!
}

/** As `givenPassphrase`, and where nothing says, asks at the terminal without showing what is typed. */
export async function askPassphrase(source: PassphraseSource, prompt: string): Promise<string | undefined> {
  const given = await givenPassphrase(source)
  if (given !== undefined || !process.stdin.isTTY) return given
  process.stderr.write(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
