import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

type Given<T extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<{ options: T }>>['values']

/** A script's name, what `--help` prints, and its flags. */
export interface Flags<T extends ParseArgsOptionsConfig> {
  readonly name: string
  readonly usage: string
  readonly options: T
}

/**
 * The flags of this process, as `read` makes them of what was given. Where help was asked for, or where one is unknown or `read` throws,
 * says so and ends the process, with status 0 or 2.
 */
export function readFlags<T extends ParseArgsOptionsConfig, V>(
  { name, usage, options }: Flags<T>,
  read: (given: Given<T>) => V,
): V {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } })
    const { help, ...given } = values as Given<T> & { help?: boolean }
    if (help !== true) return read(given as unknown as Given<T>)
    console.log(usage)
    process.exit(0)
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}\n${usage}`)
    process.exit(2)
  }
}

/** A positive integer; throws where it isn't one. */
export function countOf(flag: string, text: string): number {
  const count = wholeOf(flag, text)
  if (count === 0) throw new Error(`--${flag}: expected a positive integer, got ${text}`)
  return count
}

/** An integer from 0; throws where it isn't one. */
export function wholeOf(flag: string, text: string): number {
  const whole = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(whole) || whole < 0)
    throw new Error(`--${flag}: expected a whole number, got ${text}`)
  return whole
}
