import type { KeyKind } from '../keys/key-kind.ts'
import type { Answer } from './output.ts'

/** What a command on a key file answers: never the secret. */
export function keyAnswer(file: string, kind: KeyKind, text: string, isProtected: boolean): Answer {
  return {
    data: { file, kind, public: text, protected: isProtected },
    text: `${kind} ${text}\n${file}, ${protectionText(isProtected)}`,
  }
}

export function protectionText(isProtected: boolean): string {
  return isProtected ? 'protected by a password' : 'NOT protected'
}
