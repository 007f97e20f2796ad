import { access, constants, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { NodeConfig } from '../config/node-config.ts'
import { passwordNext } from '../config/password.ts'
import { passwordVariable, variableText } from '../config/variables.ts'
import { ownPeerKey } from '../daemon/node-keys.ts'
import { inspectKey } from '../keys/key-file.ts'
import { findKeys } from '../keys/key-folder.ts'
import type { KeyKind } from '../keys/key-kind.ts'
import { doubtful, type Finding, fine, refused, wrong } from './finding.ts'

const othersMask = 0o077

/** The key files that the node uses, and all that lie in its data folder. Their secrets are not read. */
export async function keyFindings(config: NodeConfig, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { data, voteKey, accountKey, passwordFile } = config
  const peerKey = config.peerKey ?? (await whereThere(ownPeerKey(data)))
  const named = [voteKey, accountKey, peerKey].filter(path => path !== undefined)
  const found = (await findKeys(data)).keys.map(({ path }) => path)
  const hasPassword = passwordFile !== undefined || variableText(env, passwordVariable) !== undefined
  const findings = await Promise.all(
    [...new Set([...named, ...found])].map(path => keyFinding(path, named.includes(path) && !hasPassword, data)),
  )
  if (passwordFile !== undefined) findings.push(await passwordFinding(passwordFile))
  return findings.length > 0 ? findings : [fine('keys', 'none yet')]
}

async function keyFinding(path: string, lacksPassword: boolean, data: string): Promise<Finding> {
  try {
    const { kind, isProtected } = await inspectKey(path)
    if (isProtected) {
      const found = `${path}: ${kind} key under a password`
      return lacksPassword ? doubtful('keys', `${found} that is not given`, passwordNext) : fine('keys', found)
    }
    const found = `${path}: ${kind} key without a password`
    if (isPlain(kind, path, data)) return fine('keys', found)
    return doubtful('keys', found, `openledger keys passwd ${path} gives it one`)
  } catch (error) {
    return refused('keys', error)
  }
}

/** Where there is none, start makes it. */
async function whereThere(path: string): Promise<string | undefined> {
  return await stat(path).then(
    () => path,
    () => undefined,
  )
}

/** A peer key guards no money, and a development network's keys guard play money. */
function isPlain(kind: KeyKind, path: string, data: string): boolean {
  return kind === 'peer' || path.startsWith(join(data, 'development') + sep)
}

/** Secrets that a container is given are often readable by all in it: a doubt. Without the file no node starts. */
async function passwordFinding(path: string): Promise<Finding> {
  try {
    const { mode } = await stat(path)
    await access(path, constants.R_OK)
    if ((mode & othersMask) === 0) return fine('keys', `${path}: the password's file`)
    return doubtful('keys', `${path}: other users can read the password's file`, `chmod 600 ${path}`)
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return wrong('keys', `${path}: the password's file ${isMissing ? 'is not there' : "can't be read"}`, passwordNext)
  }
}
