import { type ByteKey, toKey, writeU64 } from '../../bytes.ts'
import type { RefKey } from '../../ref.ts'
import { cellPrefix } from './cell.ts'

/** What ends at an epoch: sessions; windows of waiting money (F3); the voting on a proposal, then the pause before its effect. */
export type DueKind = 's' | 'w' | 'p'

/** A cell without content whose key says what ends at which epoch, so that an epoch finds what is due without a search. */
export const dueMark: Uint8Array = Uint8Array.of(0xf6)

export function dueCellKey(epoch: number, kind: DueKind, ref: RefKey): ByteKey {
  return duePrefix(epoch, kind) + ref
}

export function duePrefix(epoch: number, kind: DueKind): ByteKey {
  const bytes = new Uint8Array(8)
  writeU64(bytes, 0, epoch)
  return cellPrefix.due + toKey(bytes) + kind
}

export function refOfDueKey(key: ByteKey): RefKey {
  return key.slice(10) as RefKey
}
