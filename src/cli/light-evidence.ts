import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nativeCrypto } from '../crypto/native.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import { evidenceLines, reportGuilty } from '../light/evidence.ts'
import type { LightClient } from '../light/light-client.ts'
import { folderMode } from '../light/light-file.ts'
import type { SecondHistoryError } from '../light/second-history.ts'
import { makeFolder } from '../store/folder.ts'
import type { LightClientOptions } from './light-options.ts'
import type { Output } from './output.ts'

/** Where evidence that nobody could submit yet is put, in the data folder. */
const evidenceFile = 'evidence.ndjson'

/** Who would sign evidence. */
export async function readReporterKey(
  path: string,
  { passwordFile }: Pick<LightClientOptions, 'passwordFile'>,
): Promise<SigningKey> {
  // Most light nodes sign nothing, and shall not load what it takes.
  const { askedKey } = await import('./asked-key.ts')
  return await askedKey(path, 'account', passwordFile)
}

/** Those who are to tell of a second history: with a key they do it themselves. */
export interface Witnessing {
  readonly client: LightClient
  readonly account: SigningKey | undefined
}

/** Hands the evidence to the peers where there is a key; else, and where nobody takes it, keeps the lines to submit. */
export async function tellEvidence(
  { history: { guilty } }: SecondHistoryError,
  { client, account }: Witnessing,
  { data }: LightClientOptions,
  output: Output,
): Promise<void> {
  const lines = evidenceLines(guilty)
  if (lines.length === 0) return
  if (account !== undefined) {
    const reporter = { crypto: nativeCrypto, chain: client.head.chain, account, nowMs: Date.now() }
    const reported = await reportGuilty(client, reporter, guilty)
    for (const { peer, outcome, message } of reported)
      output.note(`evidence to ${peer}: ${outcome}${message === undefined ? '' : `: ${message}`}`)
    const isTaken = reported.some(({ outcome }) => outcome === 'accepted' || outcome === 'known')
    if (isTaken) return output.note('the evidence is signed and on its way to the ledger')
    output.note('no peer took the evidence')
  }
  await keepLines(lines, data, output)
}

/** Nobody else may have seen it: the lines are kept where they can be submitted from. */
async function keepLines(lines: readonly string[], data: string | undefined, output: Output): Promise<void> {
  if (data === undefined) {
    output.note(['submit these lines with openledger submit, so that the guilty are punished:', ...lines].join('\n'))
    return
  }
  const path = join(data, evidenceFile)
  await makeFolder(data, folderMode)
  await appendFile(path, `${lines.join('\n')}\n`)
  output.note(`evidence against the guilty is in ${path}: openledger submit ${path} --key K puts it on the ledger`)
}
