import { accountKeyText, parseAccountKey } from '../../consensus/account.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { parseRef, refText } from '../../consensus/ref.ts'
import type { Subject } from './node-view.ts'

/** `did:key:…` or `<cid>/<index>`; throws MalformedError. */
export function parseSubject(text: string, field = 'id'): Subject {
  if (text.startsWith('did:')) return { type: 'account', account: parseAccountKey(text, field) }
  // What has no slash was hardly meant to be a ref.
  const [batch, index] = text.includes('/') ? parseRef(text, field) : [null, 0]
  if (batch === null) throw new MalformedError(field, 'an account like did:key:… or a ref like <cid>/<index>', text)
  return { type: 'record', batch, index }
}

export function subjectText(subject: Subject): string {
  return subject.type === 'account' ? accountKeyText(subject.account) : refText([subject.batch, subject.index])
}
