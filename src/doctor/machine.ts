import type { StatsFs } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { NodeStatus } from '../api/node-view.ts'
import { clockText, isClockOff } from '../api/standing-text.ts'
import { byteText } from '../byte-text.ts'
import { clockDifferenceNext, clockNext, expectPlausibleClock } from '../node/clock-check.ts'
import { programVersion } from '../version.ts'
import { doubtful, type Finding, fine, refused, wrong } from './finding.ts'

const mebibyte = 1024 ** 2
/** Below, a node that has work ends before an epoch does. */
const diskBytesMin = 256 * mebibyte
/** Weeks of a busy ledger. */
const diskBytesWanted = 5 * 1024 * mebibyte
/** What a node takes at rest, and with an epoch of a million records under way. */
const memoryBytesMin = 128 * mebibyte
const memoryBytesWanted = 768 * mebibyte
/** The first that runs TypeScript. */
const nodeMajorMin = 22

export function versionFinding(running: NodeStatus | null): Finding {
  const found = `openledger ${programVersion}, Node ${process.versions.node}, ${process.platform} ${process.arch}`
  if (Number.parseInt(process.versions.node, 10) < nodeMajorMin) return wrong('version', found, 'install Node 24')
  if (running === null || running.version === programVersion) return fine('version', found)
  return doubtful('version', `${found}; the running node is ${running.version}`, 'restart the node to run this version')
}

/** `headTime`: of the newest final epoch that is known, milliseconds since 1970. */
export function clockFinding(headTime: number | null, now: number, running: NodeStatus | null = null): Finding {
  const shown = new Date(now).toISOString()
  try {
    expectPlausibleClock(headTime ?? 0, now)
    if (running !== null && isClockOff(running))
      return wrong('clock', `${shown}; it is ${clockText(running.clockDifferenceMs)}`, clockDifferenceNext)
    return fine(
      'clock',
      headTime === null ? shown : `${shown}; the newest epoch is of ${new Date(headTime).toISOString()}`,
    )
  } catch (error) {
    return wrong('clock', (error as Error).message, clockNext)
  }
}

export async function diskFinding(data: string): Promise<Finding> {
  try {
    const { bavail, blocks, bsize } = await statfsAbove(data)
    const free = bavail * bsize
    const found = `${byteText(free)} free of ${byteText(blocks * bsize)}`
    const next = `free some space, or move ${data} to a larger disk: a full one stops the node`
    if (free < diskBytesMin) return wrong('disk', found, next)
    return free < diskBytesWanted ? doubtful('disk', found, next) : fine('disk', found)
  } catch (error) {
    return refused('disk', error)
  }
}

export function memoryFinding(isRunning: boolean): Finding {
  const limit = process.constrainedMemory()
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  const available = process.availableMemory()
  const found = `${byteText(available)} available of ${byteText(total)}`
  const next = 'give the machine or the container more memory, or end other programs'
  if (available < memoryBytesMin) return wrong('memory', found, next)
  // A running node has taken its part already.
  if (!isRunning && available < memoryBytesWanted) return doubtful('memory', found, next)
  return fine('memory', found)
}

/** Of the folder, or of the nearest above it that is there. */
async function statfsAbove(path: string): Promise<StatsFs> {
  try {
    return await statfs(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    return await statfsAbove(dirname(path))
  }
}
