import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new folder that goes away with the process. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-test-'))
  folders.push(folder)
  return folder
}
