import type { ByteKey } from '../../consensus/bytes.ts'
import { toKey } from '../../consensus/bytes.ts'
import { Committer } from '../../consensus/ledger/flow/commitment.ts'
import type { Payout } from '../../consensus/ledger/flow/payouts.ts'
import { stateProof } from '../../consensus/merkle/state-proof.ts'
import { updateStateTree } from '../../consensus/merkle/state-tree.ts'
import { nativeCrypto as crypto } from '../../src/crypto/native.ts'
import { hashOf } from './economy.ts'
import { bestMs, type Measurement } from './measure.ts'

/** (c) A state of many keys: changing some, and proving one. */
export function measureStateTree(keys: number, changed: number): Measurement[] {
  const pages = new Map<ByteKey, Uint8Array>()
  const source = { get: (key: ByteKey) => pages.get(key) }
  const keyOf = (i: number): ByteKey => toKey(hashOf(i, 7))
  const fill = updateStateTree(
    crypto,
    source,
    Array.from({ length: keys }, (_, i) => [keyOf(i), hashOf(i)] as const),
  )
  for (const [key, page] of fill.pages) if (page !== null) pages.set(key, page)
  const changes = Array.from({ length: changed }, (_, i) => [keyOf((i * 7919) % keys), hashOf(i, 9)] as const)
  const ms = bestMs(3, () => void updateStateTree(crypto, source, changes))
  const rawMs = bestMs(3, () => hashPaths(changed, Math.log2(keys)))
  const proofs = 1_000
  const proofMs = bestMs(3, () => {
    for (let i = 0; i < proofs; i++) stateProof(crypto, source, keyOf(i * 31))
  })
  return [
    {
      name: `(c) state tree, ${changed} of ${keys} keys changed`,
      value: Math.round(ms),
      unit: 'ms',
      raw: Math.round(rawMs),
      rawMeans: 'one SHA-256 per level of each changed path',
      ratio: rawMs / ms,
      goal: '≤ 1000',
      reached: ms <= 1_000,
    },
    {
      name: '(c) proof of one key',
      value: Number((proofMs / proofs).toFixed(3)),
      unit: 'ms',
      goal: '≤ 1',
      reached: proofMs / proofs <= 1,
    },
  ]
}

/** (d) Committing to the payouts of one epoch. */
export function measurePayouts(accounts: number): Measurement[] {
  const payouts: Payout[] = Array.from({ length: accounts }, (_, i) => {
    const account = toKey(hashOf(i))
    const line = { role: 'origin', source: `${toKey(hashOf(i, 1))}\0\0`, amount: 1_000 + i } as const
    return { account, amount: line.amount, lines: [line] }
  })
  const committer = new Committer(crypto)
  const ms = bestMs(3, () => void committer.payoutRoot(payouts, ({ amount }) => amount))
  // A line's leaf and root, a payout's leaf and node.
  const rawMs = bestMs(3, () => hashPaths(accounts, 4))
  return [
    {
      name: `(d) payout tree of ${accounts} accounts`,
      value: Math.round(ms),
      unit: 'ms',
      raw: Math.round(rawMs),
      rawMeans: 'four SHA-256 per account',
      ratio: rawMs / ms,
    },
  ]
}

function hashPaths(count: number, levels: number): void {
  const message = new Uint8Array(65)
  const target = new Uint8Array(32)
  for (let i = 0; i < count * levels; i++) crypto.sha256Into(message, target, 0)
}
