import { closest } from 'fastest-levenshtein'

/** What somebody who wrote `given` may have meant, as the next thing to do. */
export function nearest(given: string, names: readonly string[]): string {
  return `did you mean ${closest(given, names)}? The settings are: ${names.join(', ')}`
}
