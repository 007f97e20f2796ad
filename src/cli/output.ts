import { LedgerError } from '../../consensus/errors.ts'
import { type ErrorBody, errorBody } from '../api/api-error.ts'

/** What a command has to say: for programs, and for people. */
export interface Answer {
  /** Plain JSON; amounts as decimals in OPEN. */
  readonly data: unknown
  readonly text: string
}

/** Where output goes: answers to standard output, all else to standard error. */
export interface Output {
  answer(text: string): Promise<void>
  note(text: string): void
}

export const exitFailure = 1
export const exitUsage = 2

/** The command line itself is wrong: exit status 2. */
export class UsageError extends LedgerError {
  constructor(message: string, next?: string) {
    super('usage', message, {}, next)
  }
}

/** A command that found what it was to find, and that is bad news: the answer is given all the same, the status is 1. */
export class AnsweredFailure extends LedgerError {
  readonly answer: Answer

  constructor(code: string, message: string, next: string, answer: Answer) {
    super(code, message, {}, next)
    this.answer = answer
  }
}

export function answerText(answer: Answer, json: boolean): string {
  return json ? `${JSON.stringify({ ok: true, data: answer.data })}\n` : endLine(answer.text)
}

export function exitStatusOf(error: unknown): number {
  return error instanceof UsageError ? exitUsage : exitFailure
}

/** Says what went wrong where the caller looks for it. */
export async function tellError(output: Output, error: unknown, json: boolean): Promise<void> {
  const body = errorBody(error)
  const found = error instanceof AnsweredFailure ? error.answer : undefined
  if (json) {
    const data = found === undefined ? {} : { data: found.data }
    await output.answer(`${JSON.stringify({ ok: false, error: body, ...data })}\n`)
    return
  }
  if (found !== undefined) await output.answer(endLine(found.text))
  output.note(errorText(body))
}

function errorText({ message, next }: ErrorBody): string {
  return next === undefined ? `error: ${message}` : `error: ${message}\n  next: ${next}`
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** Output of this process. A reader that has seen enough (`| head`) ends the program in silence. */
export function processOutput(): Output {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  return {
    answer: text => new Promise(resolve => process.stdout.write(text, () => resolve())),
    note: text => void process.stderr.write(endLine(text)),
  }
}
