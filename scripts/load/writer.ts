import { setTimeout as sleep } from 'node:timers/promises'
import { accountText } from '../../consensus/account.ts'
import { batchSigningBytes, draftBatch } from '../../consensus/batch.ts'
import { toKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { NodeView } from '../../src/api/node-view.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import type { SigningKey } from '../../src/crypto/signing-key.ts'

/** Writes a transfer each time that the one before is final, so that no epoch waits for something to include. */
export async function writeOn(view: NodeView, key: SigningKey, to: Uint8Array, signal: AbortSignal): Promise<void> {
  const account = toKey(key.publicKey)
  const chain = Cid.fromText((await view.status()).chain)
  while (!signal.aborted) {
    const { seq, head, pending } = await view.author(account)
    if (pending.length > 0) {
      await sleep(100)
      continue
    }
    const draft = draftBatch(nativeCrypto, {
      chain,
      author: key.publicKey,
      seq: seq + 1,
      prev: head === null ? null : Cid.fromText(head),
      time: Date.now(),
      records: [{ kind: 'transfer', to, amount: 1 }],
    })
    const { header, body } = draft
    await view.submit({ header, body, signature: key.sign(batchSigningBytes(header)) })
  }
}

/** Who can pay, and whom. */
export function payerOf(funds: ReadonlyMap<string, number>, keyOf: (actor: string) => SigningKey) {
  const [first, second] = [...funds].sort(([, a], [, b]) => b - a).map(([actor]) => actor)
  if (first === undefined || second === undefined) throw new Error('the scenario funds fewer than two actors')
  return { key: keyOf(first), to: keyOf(second).publicKey, account: accountText(keyOf(first).publicKey) }
}
