import { writeSync } from 'node:fs'
import { styleText } from 'node:util'
import { type DestinationStream, destination, pino } from 'pino'
import type { Log } from '../../network/log.ts'
import type { LogFormat, LogLevel } from '../config/settings.ts'

const standardError = 2

/** A log on standard error. Written at once: a process that is killed has told all it knew. */
export function standardErrorLog(level: LogLevel, format: LogFormat): Log {
  const isPretty = format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true)
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    isPretty ? prettyStream : destination({ fd: standardError, sync: true }),
  )
}

const prettyStream: DestinationStream = {
  write(line) {
    writeSync(standardError, prettyLine(line))
  },
}

const levels = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' } as const
const colours = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const

/** A line of JSON for people: time of day, level, message, then its facts. */
export function prettyLine(line: string): string {
  const { level, time, msg, ...facts } = JSON.parse(line) as { level: keyof typeof levels; time: string; msg: string }
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
