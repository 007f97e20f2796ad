import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { Profile } from '../../test/sim/cluster/run.ts'
import type { Sabotage } from './sabotage.ts'
import type { SabotagedOrder } from './sabotaged-order.ts'
import { sabotages } from './sabotages.ts'

export interface Caught {
  readonly name: string
  readonly tried: number
  /** The invariant that was broken, and how; undefined where nothing was noticed. */
  readonly shown?: string
}

export interface SabotageOptions {
  readonly seed: number
  /** Within how many seeds each has to show. */
  readonly seedsMax: number
  readonly validators: readonly number[]
  readonly sabotages: readonly Sabotage[]
}

/** How long one sabotage is looked for at most. */
const withinMs = 600_000

/** Those whose name holds the text; throws where none does. */
export function sabotagesNamed(text: string): readonly Sabotage[] {
  const named = sabotages.filter(({ name }) => name.includes(text))
  if (named.length > 0) return named
  throw new Error(
    `--only: expected a part of one of these, got ${text}\n${sabotages.map(({ name }) => `  ${name}`).join('\n')}`,
  )
}

/** Each sabotage in a process of its own, and after how many seeds it was caught. */
export async function catchSabotages(options: SabotageOptions, onCaught: (caught: Caught) => void): Promise<Caught[]> {
  const queue = [...options.sabotages]
  const all: Caught[] = []
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { name } = next
      const caught = await catchOne(next, options).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`, { cause: error })
      })
      all.push(caught)
      onCaught(caught)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, lane))
  return all
}

async function catchOne(sabotage: Sabotage, { seed, seedsMax, validators }: SabotageOptions): Promise<Caught> {
  const profile = sabotage.profile as Profile | undefined
  const order: SabotagedOrder = { seed, seedsMax, validators, profile, withinMs }
  const hook = new URL('./sabotage-hook.ts', import.meta.url).href
  const program = new URL('./sabotaged.ts', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--import', hook, program, JSON.stringify(order)],
    { env: { ...process.env, SABOTAGE: sabotage.name }, maxBuffer: 2 ** 26 },
  )
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Caught
}
