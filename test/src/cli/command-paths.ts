import type { Command } from 'commander'
import { buildProgram } from '../../../src/cli/program.ts'

/** Every command that does something, as it is typed after the program's name: `keys new`. */
export const commandPaths: readonly string[] = pathsOf(buildProgram({ answer: async () => {}, note: () => {} }))

function pathsOf({ commands }: Command): string[] {
  return commands.flatMap(child =>
    child.commands.length === 0 ? [child.name()] : pathsOf(child).map(path => `${child.name()} ${path}`),
  )
}
