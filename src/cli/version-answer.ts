import { readExplorer } from '../explorer-page.ts'
import { programVersion } from '../version.ts'
import type { Answer } from './output.ts'

/** The program's version, and the page's hash: whoever has another page from another node sees by it whether it is the same. */
export function versionAnswer(): Answer {
  const sha256 = readExplorer()?.sha256
  const explorer = sha256 === undefined ? 'explorer not built' : `explorer.html sha256 ${sha256}`
  return {
    data: { version: programVersion, explorer: sha256 === undefined ? null : { sha256 } },
    text: `${programVersion}\n${explorer}`,
  }
}
