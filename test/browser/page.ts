/** Runs in the browser, with the rules out of the bundle; the test calls it from outside. */
import { nobleCrypto } from '../../consensus/light/index.ts'
import type { Outcome } from '../fixtures/light-outcome.ts'
import { type LightVectors, runVectors } from '../fixtures/light-vector.ts'
import { checkFile, follow } from './tasks.ts'

/** What comes out of each vector of `/vectors/<name>.json`. */
async function run<K extends keyof LightVectors>(name: K): Promise<Outcome[]> {
  const answer = await fetch(`/vectors/${name}.json`)
  return runVectors(nobleCrypto, name, (await answer.json()) as LightVectors[K])
}

const page = { run, follow, checkFile }

declare global {
  var lightPage: typeof page
}
globalThis.lightPage = page
