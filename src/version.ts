import { readFileSync } from 'node:fs'

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')

/** Of the program. */
export const programVersion: string = (JSON.parse(manifest) as { version: string }).version
