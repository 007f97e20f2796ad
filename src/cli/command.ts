import { type Command, InvalidArgumentError, Option } from 'commander'
import { MalformedError } from '../../consensus/errors.ts'
import { type Answer, answerText, type Output } from './output.ts'

export interface CommandText {
  /** With its arguments, as commander takes them: `submit <file>`. */
  readonly name: string
  readonly does: string
  /** Lines of the help that show how it is used. */
  readonly examples: readonly string[]
}

/** Adds a command that every command has `--json` and an example in its help. */
export function addCommand(parent: Command, { name, does, examples }: CommandText): Command {
  const shown = examples.map(example => `  ${example}`).join('\n')
  return parent
    .command(name)
    .description(does)
    .option('--json', 'print one JSON object {ok, data} or {ok: false, error} on standard output')
    .addHelpText('after', `\n${examples.length > 1 ? 'Examples' : 'Example'}:\n${shown}`)
}

/** How a user who started the program like this starts it again. */
export function commandPrefix(): string {
  return process.env.npm_lifecycle_event === undefined ? 'openledger' : 'npm run -s openledger --'
}

/** What answers a command; `O` are its options as parsed. */
export type Action<O> = (args: readonly string[], options: O, output: Output) => Promise<Answer>

/** Runs `action` when the command is called, and prints its answer. */
export function answers<O extends object>(command: Command, output: Output, action: Action<O>): void {
  command.action(async (...all: unknown[]) => {
    // Commander passes the arguments, then the options, then the command.
    const args = all.slice(0, -2).flat() as string[]
    const answer = await action(args, command.opts<O>(), output)
    await output.answer(answerText(answer, command.opts<{ json?: boolean }>().json === true))
  })
}

/** An option whose text is read by `parse`; what that refuses is wrong usage. */
export function parsedOption<T>(flags: string, description: string, parse: (text: string) => T): Option {
  return new Option(flags, description).argParser(text => {
    try {
      return parse(text)
    } catch (error) {
      if (error instanceof MalformedError) throw new InvalidArgumentError(error.message)
      throw error
    }
  })
}
