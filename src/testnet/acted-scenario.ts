import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { LedgerError } from '../../consensus/errors.ts'
import type { SigningKey } from '../crypto/signing-key.ts'
import type { ScenarioFile } from '../scenario/line.ts'
import { parseScenario } from '../scenario/parse.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { actorKeys } from './blueprint.ts'

/** A scenario with the keys that its actors sign and vote with, which follow from a seed. */
export interface ActedScenario {
  readonly scenario: Scenario
  keyOf(actor: string): SigningKey
  voteKeyOf(actor: string): SigningKey
}

const sample = fileURLToPath(new URL('../../scripts/sample-scenario.ndjson', import.meta.url))

/** Several files are read as one; none is the sample. */
export async function readActedScenario(paths: readonly string[], seed: number): Promise<ActedScenario> {
  const keyOf = actorKeys(seed)
  const voteKeyOf = actorKeys(seed, 'vote')
  const scenario = parseScenario(await readFiles(paths.length > 0 ? paths : [sample]), {
    accountOf: actor => keyOf(actor).publicKey,
    voteKeyOf: actor => voteKeyOf(actor).publicKey,
  })
  return { scenario, keyOf, voteKeyOf }
}

async function readFiles(paths: readonly string[]): Promise<ScenarioFile[]> {
  return await Promise.all(
    paths.map(async path => {
      const text = await readFile(path, 'utf8').catch((error: Error) => {
        throw new LedgerError('file', `can't read the scenario: ${error.message}`, { path })
      })
      return { name: path, text }
    }),
  )
}
