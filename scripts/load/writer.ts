import { setTimeout as sleep } from 'node:timers/promises'
import { batchSigningBytes, draftBatch } from '../../consensus/batch.ts'
import { toKey } from '../../consensus/bytes.ts'
import { Cid } from '../../consensus/cid.ts'
import type { NodeView } from '../../src/api/node-view.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import type { SigningKey } from '../../src/crypto/signing-key.ts'

/** Several in each epoch. */
const writeMs = 250

/** Writes a transfer every now and then, final or not, so that no epoch waits for something to include. */
export async function writeOn(view: NodeView, key: SigningKey, to: Uint8Array, signal: AbortSignal): Promise<void> {
  const chain = Cid.fromText((await view.status()).chain)
  const { seq: first, head } = await view.author(toKey(key.publicKey))
  let prev = head === null ? null : Cid.fromText(head)
  for (let seq = first + 1; !signal.aborted; seq++) {
    const records = [{ kind: 'transfer', to, amount: 1 }] as const
    const draft = draftBatch(nativeCrypto, { chain, author: key.publicKey, seq, prev, time: Date.now(), records })
    const { header, body, cid } = draft
    await view.submit({ header, body, signature: key.sign(batchSigningBytes(header)) })
    prev = cid
    await sleep(writeMs)
  }
}

/** Who can pay, and whom. */
export function payerOf(funds: ReadonlyMap<string, number>, keyOf: (actor: string) => SigningKey) {
  const [first, second] = [...funds].sort(([, a], [, b]) => b - a).map(([actor]) => actor)
  if (first === undefined || second === undefined) throw new Error('the scenario funds fewer than two actors')
  return { key: keyOf(first), to: keyOf(second).publicKey }
}
