import { styleText } from 'node:util'
import { type DestinationStream, destination, pino } from 'pino'
import { InvariantError, LedgerError } from '../../consensus/errors.ts'
import type { Log } from '../../network/log.ts'
import type { LogFormat, LogLevel } from '../config/settings.ts'

const standardError = 2

export interface LogOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Stands in every line: which node it is, where the logs of many come together. */
  readonly node: string
}

/** A log on standard error. Written at once: a process that is killed has told all it knew. */
export function standardErrorLog({ level, format, node }: LogOptions): Log {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true)
  // It waits for a reader that is slow: a pipe that is full refuses what is written, since Node has made it one that doesn't block.
  const lines = destination({ fd: standardError, sync: true })
  return pino(
    {
      level,
      base: { node },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      serializers: { error: errorText },
    },
    isPretty ? prettyInto(lines) : lines,
  )
}

function prettyInto(lines: DestinationStream): DestinationStream {
  return { write: line => lines.write(prettyLine(line)) }
}

/** JSON has nothing to say of an Error. A refusal is told by its message; what nobody foresaw needs the stack. */
export function errorText(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const isExpected = error instanceof LedgerError && !(error instanceof InvariantError)
  return isExpected ? error.message : (error.stack ?? error.message)
}

const levels = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' } as const
const colours = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const

interface Line {
  readonly level: keyof typeof levels
  readonly time: string
  readonly msg: string
  readonly node?: string
}

/** A line of JSON for people: time of day, level, message, then its facts. */
export function prettyLine(line: string): string {
  // Who reads a terminal knows which node it is.
  const { level, time, msg, node: _, ...facts } = JSON.parse(line) as Line
  const name = levels[level]
  const shown = Object.entries(facts).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    // A stack stands below its line.
    return text.includes('\n') ? `\n  ${text.replaceAll('\n', '\n  ')}` : styleText('dim', `${key}=${text}`, stream)
  })
  const head = `${time.slice(11, 19)} ${styleText(colours[name], name.padEnd(5), stream)} ${msg}`
  return `${[head, ...shown].join(' ')}\n`
}

/** Colours only where standard error shows them, and nobody set NO_COLOR. */
const stream = { stream: process.stderr }
