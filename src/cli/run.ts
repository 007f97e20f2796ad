import type { Command } from 'commander'
import { CommanderError } from 'commander'
import { answerText, exitStatusOf, type Output, tellError, UsageError } from './output.ts'
import { buildProgram } from './program.ts'
import { versionAnswer } from './version-answer.ts'

/** Runs one command line (without `node` and the program's name) and answers its exit status: 0, 1 or 2. */
export async function run(args: readonly string[], output: Output): Promise<number> {
  const program = buildProgram(output)
  const help: string[] = []
  for (const command of allCommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: text => void help.push(text),
      // Told by `tellError`, once.
      writeErr: () => {},
    })
  }
  try {
    await program.parseAsync([...args], { from: 'user' })
    return 0
  } catch (error) {
    // Help and version were asked for and given.
    if (error instanceof CommanderError && error.exitCode === 0) {
      const isVersion = error.code === 'commander.version'
      await output.answer(isVersion ? answerText(versionAnswer(), args.includes('--json')) : help.join(''))
      return 0
    }
    const told = error instanceof CommanderError ? usageError(error, groupOf(program, args)) : error
    await tellError(output, told, args.includes('--json'))
    return exitStatusOf(told)
  }
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}

/** Of a command line that ends too early: the command whose own ones are to be chosen from, with its name. */
function groupOf(program: Command, args: readonly string[]): string {
  const group = program.commands.find(command => command.name() === args[0] && command.commands.length > 0)
  return group === undefined ? 'openledger' : `openledger ${group.name()}`
}

/** Commander's refusal, with its guess at what was meant as the next thing to do. */
function usageError({ code, message }: CommanderError, group: string): UsageError {
  if (code === 'commander.help') return new UsageError('which command?', `${group} --help lists them`)
  const [what, guess] = message.replace(/^error: /, '').split('\n')
  return new UsageError(what!, guess?.replace(/^\((.*)\)$/, '$1') ?? 'openledger <command> --help shows what it takes')
}
