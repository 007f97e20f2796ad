import { homedir } from 'node:os'

/** A text with paths as people write them: what the user is called on this machine is nobody's business. */
export function withTilde(text: string, home = homedir()): string {
  if (home === '/' || home === '') return text
  // The folder itself or something in it, not another one whose name begins alike.
  return text.replaceAll(new RegExp(`${home.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`, 'g'), '~')
}
