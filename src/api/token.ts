import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LedgerError } from '../../consensus/errors.ts'
import { writeFileAtomic } from '../store/atomic-file.ts'

export const tokenFile = 'api-token'
const tokenBytes = 32
const tokenForm = /^[\w-]{43}$/

/** What shows that a caller is the operator: kept in the data folder, made at the first start, for its owner's eyes alone. */
export async function apiToken(data: string): Promise<string> {
  const path = join(data, tokenFile)
  try {
    const content = `${randomBytes(tokenBytes).toString('base64url')}\n`
    await writeFileAtomic(path, content, { mode: 0o600, existing: 'refuse' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    await chmod(path, 0o600)
  }
  return await readToken(path)
}

/** The token in a file. Throws LedgerError `api-token`. */
export async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new LedgerError('api-token', `can't read the token: ${error.message}`, { path })
  })
  const token = text.trim()
  if (tokenForm.test(token)) return token
  throw new LedgerError(
    'api-token',
    `${path}: expected a token of 43 letters`,
    { path },
    'delete that file and start the node again: it makes a new one',
  )
}

/** Tells nothing of the token by the time it takes. */
export function bears(authorization: string, token: string): boolean {
  const [scheme = '', given = ''] = authorization.split(' ')
  return scheme.toLowerCase() === 'bearer' && timingSafeEqual(digest(given), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
