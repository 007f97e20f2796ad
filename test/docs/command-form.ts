import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Output } from '../../src/cli/output.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { repository } from '../e2e/program.ts'

const silent: Output = { answer: async () => {}, note: () => {} }
const program = buildProgram(silent)
const packageScripts = (JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { scripts: object })
  .scripts

/** What is wrong with a command that isn't run, as far as that can be seen: names of commands, flags, scripts and files. */
export function formFault(text: string): string | undefined {
  const words = text.split(/\s+/)
  const start = words.findIndex(word => !/^\w+=/.test(word))
  const [name, ...rest] = words.slice(start)
  if (name === 'openledger') return programFault(rest)
  if (name === 'npm') return npmFault(rest)
  if (name === 'docker') return dockerFault(rest)
  return undefined
}

function npmFault(words: readonly string[]): string | undefined {
  const [script, ...rest] = words[0] === 'run' ? words.slice(1).filter(word => word !== '-s') : words
  if (script === undefined || !(script in packageScripts)) return `package.json has no script ${script}`
  const args = rest[0] === '--' ? rest.slice(1) : rest
  if (script === 'openledger') return programFault(args)
  if (script === 'testnet') return programFault(['testnet', ...args])
  return undefined
}

function dockerFault(words: readonly string[]): string | undefined {
  const named = words[words.indexOf('-f') + 1]
  const file = words.includes('-f') ? named! : words[0] === 'compose' ? 'compose.yaml' : 'Dockerfile'
  if (!existsSync(join(repository, file))) return `there is no ${file}`
  const inside = words.indexOf('src/cli/openledger.mjs')
  return inside === -1 ? undefined : programFault(words.slice(inside + 1))
}

/** `COMMAND` and `…` stand for any. */
function programFault(words: readonly string[]): string | undefined {
  if (words.length === 0 || words[0] === 'COMMAND' || words[0] === '--version') return undefined
  let command: Command = program
  let rest = [...words]
  for (;;) {
    const next = childOf(command, rest[0])
    if (next === undefined) break
    command = next
    rest = rest.slice(1)
  }
  if (command === program) return `openledger has no command ${words[0]}`
  const known = command.options.flatMap(({ long, short }) => [long, short])
  const unknown = rest.map(word => word.split('=')[0]!).find(word => /^--?[a-z]/.test(word) && !known.includes(word))
  if (unknown === undefined || unknown === '--help') return undefined
  return `${command.name()} has no flag ${unknown}`
}

function childOf(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find(child => child.name() === name)
}
