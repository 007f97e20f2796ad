import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { LedgerError } from '../../consensus/errors.ts'
import { passwordVariable, variableText } from './variables.ts'

/** How a user gives one; the end of a message that misses it. */
export const passwordNext = `give --password-file FILE, or set ${passwordVariable}`

export interface PasswordSource {
  /** A file whose first line is the password. */
  readonly file?: string
}

/** The password of key files, from the file or the environment; undefined where neither says. */
export async function givenPassword({ file }: PasswordSource): Promise<string | undefined> {
  if (file === undefined) return variableText(process.env, passwordVariable)
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new LedgerError('password', `can't read the password file: ${error.message}`, { file }, passwordNext)
  })
  const line = text.split(/\r?\n/, 1)[0]!
  if (line !== '') return line
  throw new LedgerError('password', `${file}: expected the password in the first line, got an empty one`, { file })
}

/** As `givenPassword`, and where nothing says, asks at the terminal without showing what is typed. */
export async function askPassword(source: PasswordSource, prompt: string): Promise<string | undefined> {
  const given = await givenPassword(source)
  if (given !== undefined || !process.stdin.isTTY) return given
  return await askSecret(prompt)
}

/** What is typed at the terminal, without showing it. Ctrl-C throws LedgerError `cancelled`. */
export async function askSecret(prompt: string): Promise<string> {
  process.stderr.write(prompt)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  const cancelled = new AbortController()
  // A terminal that is read letter by letter sends Ctrl-C as a letter, not as a signal.
  terminal.once('SIGINT', () => cancelled.abort())
  try {
    return await terminal.question('', { signal: cancelled.signal })
  } catch (error) {
    throw cancelled.signal.aborted ? new LedgerError('cancelled', 'no password was given') : error
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
