import { destination, pino } from 'pino'
import type { Log } from '../../network/log.ts'
import type { LogLevel } from '../config/node-config.ts'

/** A log of JSON lines on standard error. Written at once: a process that is killed has told all it knew. */
export function standardErrorLog(level: LogLevel): Log {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination({ fd: 2, sync: true }),
  )
}
