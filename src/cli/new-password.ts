import { LedgerError } from '../../consensus/errors.ts'
import { askSecret, givenPassword, passwordNext } from '../config/password.ts'
import { passwordVariable, variableText } from '../config/variables.ts'
import type { Protection } from '../keys/key-file.ts'

export const passwordHelp = 'file whose first line is the password; else OPENLEDGER_PASSWORD, else it is asked for'

/** Flags of a command that makes a key file. */
export interface ProtectionOptions {
  readonly passwordFile?: string
  readonly unprotected?: boolean
}

/** How a new key file is to be protected. Typed at a terminal, a password is asked for twice: a slip would lock the key for ever. */
export async function newProtection({ passwordFile, unprotected }: ProtectionOptions): Promise<Protection> {
  if (unprotected === true) return { unprotected: true }
  const given = await givenPassword(passwordFile === undefined ? {} : { file: passwordFile })
  if (given !== undefined) return { password: given }
  if (process.stdin.isTTY) return { password: await typedTwice() }
  throw new LedgerError('password', 'a key needs a password', {}, `${passwordNext}; for a local testnet --unprotected`)
}

/** The environment holds the present password, so the next one comes from elsewhere. */
export async function nextProtection(options: ProtectionOptions): Promise<Protection> {
  const isElsewhere = options.passwordFile !== undefined || options.unprotected === true
  if (isElsewhere || variableText(process.env, passwordVariable) === undefined) return await newProtection(options)
  throw new LedgerError('password', 'the new password is missing', {}, 'give --new-password-file FILE')
}

async function typedTwice(): Promise<string> {
  const password = await askSecret('New password: ')
  if (password === (await askSecret('The same again: '))) return password
  throw new LedgerError('password', 'the two passwords differ', {}, 'nothing was written; try again')
}
