import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Said where it isn't found. */
export const noPromtool = 'no promtool: it comes with Prometheus; or name one in the environment variable PROMTOOL'

/** The path of Prometheus' own checker: of the one that `PROMTOOL` names, else the first on the PATH. */
export function findPromtool(): string | undefined {
  const { PROMTOOL: named, PATH = '' } = process.env
  const paths = named ? [named] : PATH.split(delimiter).map(folder => join(folder, 'promtool'))
  return paths.find(path => existsSync(path))
}

export function runPromtool(path: string, args: readonly string[], input = ''): { ok: boolean; output: string } {
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8', input, timeout: 20_000 })
  return { ok: status === 0, output: stdout + stderr }
}
