import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LedgerError } from '../../consensus/errors.ts'

/** What people call accounts and records, where somebody told: the actors and labels of a testnet's scenarios. */
export interface Names {
  /** Name → `did:key:…` */
  readonly actors: Readonly<Record<string, string>>
  /** Label → `<cid>/<index>` */
  readonly labels: Readonly<Record<string, string>>
}

export const noNames: Names = { actors: {}, labels: {} }
export const namesFile = 'names.json'

/** Names kept in a data folder; none where nobody put them there. */
export async function readNames(data: string): Promise<Names> {
  let text: string
  try {
    text = await readFile(join(data, namesFile), 'utf8')
  } catch {
    return noNames
  }
  try {
    const { actors, labels } = JSON.parse(text) as Names
    return { actors: { ...actors }, labels: { ...labels } }
  } catch {
    throw new LedgerError(
      'names',
      `${join(data, namesFile)}: expected names as JSON`,
      {},
      'delete that file: only labels are lost',
    )
  }
}

/** The other way round, to put a name on what a node answers. */
export function inverted(names: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(names).map(([name, id]) => [id, name]))
}
