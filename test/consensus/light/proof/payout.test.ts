/** A payout whose leaf, value, lines and totals don't agree, though a checkpoint commits to them. */
import * as assert from 'uvu/assert'
import { lineLeaf, payoutLeaf } from '../../../../consensus/ledger/flow/commitment.ts'
import type { CreditLine } from '../../../../consensus/ledger/flow/payouts.ts'
import { lineTree, payoutTree } from '../../../../consensus/ledger/trees.ts'
import { encodePartAnswer, encodeProofAnswer } from '../../../../consensus/light/proof/answer.ts'
import { layoutOf } from '../../../../consensus/light/proof/committed-tree.ts'
import { walkBoundsDefault } from '../../../../consensus/light/proof/limits.ts'
import { readPayout } from '../../../../consensus/light/proof/payout.ts'
import { ProofReader, type ProofSource } from '../../../../consensus/light/proof/reader.ts'
import type { Trusted } from '../../../../consensus/light/proof/trust.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { sumRoot } from '../../../../consensus/merkle/sum-tree.ts'
import { TreeLevels } from '../../../../consensus/merkle/tree-levels.ts'
import { nativeCrypto as crypto } from '../../../../src/crypto/native.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/proof/payout')
const account = 'a'.repeat(32)
const lines: readonly CreditLine[] = [
  { role: 'executor', source: 'm'.repeat(34), amount: 7 },
  { role: 'origin', source: 'x'.repeat(34), amount: 3 },
]

interface Claim {
  /** In the leaf. */
  readonly amount: number
  /** Of the leaf in its tree. */
  readonly value: number
  readonly lines: readonly CreditLine[]
}

async function refusal({ amount, value, lines: told }: Claim): Promise<string | undefined> {
  const lineLeaves = told.map(line => [lineLeaf(line), line.amount] as const)
  const leaf = payoutLeaf({ account, amount, lines: told }, 100, sumRoot(crypto, lineTree, lineLeaves).hash)
  const leaves = [[leaf, value] as const]
  const payoutRoot = sumRoot(crypto, payoutTree, leaves).hash
  const path = new TreeLevels(crypto, layoutOf({ name: 'payouts' }), leaves).path(0)
  const source: ProofSource = {
    async ask({ parts: [part] }) {
      const found = { leaf, proof: { ...path, value } }
      const page = { count: told.length, leaves: lineLeaves }
      return encodeProofAnswer([encodePartAnswer(part!, part!.type === 'page' ? page : found)])
    },
  }
  const checkpoint = { epoch: 1, payoutRoot, totals: { paid: value } } as Trusted['checkpoint']
  try {
    const payout = await readPayout({ crypto, checkpoint }, new ProofReader(source, walkBoundsDefault), account)
    assert.is(payout!.amount, amount)
    return undefined
  } catch (error) {
    if (error instanceof ProofError) return error.check
    throw error
  }
}

test('a payout whose lines sum to it is believed', async () => {
  assert.is(await refusal({ amount: 10, value: 10, lines }), undefined)
})

test('an amount that isn’t its leaf’s value is refused', async () => {
  assert.is(await refusal({ amount: 10, value: 9, lines }), 'sum')
})

test('lines that sum to less, or more, than the amount are refused', async () => {
  assert.is(await refusal({ amount: 10, value: 10, lines: lines.slice(1) }), 'sum')
  assert.is(await refusal({ amount: 10, value: 10, lines: [{ ...lines[0]!, amount: 8 }, lines[1]!] }), 'sum')
})

test('lines out of order, or twice, are refused', async () => {
  assert.is(await refusal({ amount: 10, value: 10, lines: lines.toReversed() }), 'order')
  assert.is(await refusal({ amount: 14, value: 14, lines: [lines[0]!, lines[0]!] }), 'order')
})
