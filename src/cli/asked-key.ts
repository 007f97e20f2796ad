import { askPassword } from '../config/password.ts'
import { inspectKey, type LoadedKey, loadKey } from '../keys/key-file.ts'
import type { KeyKind } from '../keys/key-kind.ts'

/** The key in a file; for a protected one the password is taken from where it is given, else asked for at the terminal. */
export async function askedKey(path: string, kind: KeyKind, passwordFile: string | undefined): Promise<LoadedKey> {
  const { isProtected } = await inspectKey(path)
  const source = passwordFile === undefined ? {} : { file: passwordFile }
  return await loadKey(path, kind, isProtected ? await askPassword(source, `Password of ${path}: `) : undefined)
}
