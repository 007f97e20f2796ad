import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder that goes away with the process. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openledger-test-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}
