import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { MalformedError } from '../../consensus/errors.ts'
import { parseCount } from '../api/count.ts'
import type { EpochRange } from '../api/node-view.ts'
import { UsageError } from './output.ts'

export function parseEpoch(text: string): number {
  return parseCount(text, 'epoch')
}

/** `A..B`, `A..`, `..B` or one epoch. */
export function parseEpochRange(text: string): EpochRange {
  const [from = '', to = from, ...more] = text.split('..')
  if (more.length > 0 || (from === '' && to === '')) throw new MalformedError('epoch', 'A..B', text)
  const range: EpochRange = {
    ...(from === '' ? {} : { from: parseEpoch(from) }),
    ...(to === '' ? {} : { to: parseEpoch(to) }),
  }
  if (range.from !== undefined && range.to !== undefined && range.from > range.to) {
    throw new MalformedError('epoch', 'A..B with A at most B', text)
  }
  return range
}

/** An integer of a flag, e.g. how many nodes. */
export function countIn(field: string, min: number, max: number): (text: string) => number {
  return text => {
    const count = parseCount(text, field, max)
    if (count < min) throw new MalformedError(field, `an integer from ${min} to ${max}`, text)
    return count
  }
}

/** Before anything is done that is only worth something in a file. Throws UsageError where the file's folder isn't there. */
export function expectFolderOf(file: string, argument: string): void {
  const folder = dirname(file)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
  throw new UsageError(`${argument}: there is no folder ${folder}`, 'make it, or name another')
}
