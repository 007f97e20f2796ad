import * as assert from 'uvu/assert'
import { divide } from '../../../../consensus/amount.ts'
import { toHex, utf8 } from '../../../../consensus/bytes.ts'
import { lineTree } from '../../../../consensus/ledger/trees.ts'
import {
  encodePartAnswer,
  encodeProofAnswer,
  type LeafProof,
  type PartAnswer,
} from '../../../../consensus/light/proof/answer.ts'
import type { CommittedTree } from '../../../../consensus/light/proof/committed-tree.ts'
import { layoutOf } from '../../../../consensus/light/proof/committed-tree.ts'
import { verifyFound } from '../../../../consensus/light/proof/found-leaf.ts'
import { walkBoundsDefault } from '../../../../consensus/light/proof/limits.ts'
import { type Depth, drawIndices, readList, shareOf } from '../../../../consensus/light/proof/proved-list.ts'
import { ProofReader, type ProofSource } from '../../../../consensus/light/proof/reader.ts'
import type { ProofPart } from '../../../../consensus/light/proof/request.ts'
import { ProofError } from '../../../../consensus/merkle/proof-error.ts'
import { sumRoot } from '../../../../consensus/merkle/sum-tree.ts'
import { TreeLevels } from '../../../../consensus/merkle/tree-levels.ts'
import { nativeCrypto as crypto } from '../../../../src/crypto/native.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/proof/proved-list')
const tree: CommittedTree = { name: 'lines', account: 'a'.repeat(32) }
const leaves = Array.from({ length: 100 }, (_, i) => [utf8(`leaf ${i}`), (i * 7) % 13] as const)
const { hash: root, sum } = sumRoot(crypto, lineTree, leaves)
const levels = new TreeLevels(crypto, layoutOf(tree), leaves)
const sample: Depth = { sample: 10, seed: utf8('seed') }

function leafAt(index: number): { leaf: Uint8Array; proof: LeafProof } {
  return { leaf: leaves[index]![0], proof: { ...levels.path(index), value: leaves[index]![1] } }
}

function answer(part: ProofPart): PartAnswer {
  if (part.type === 'leaf') return leafAt(part.index)
  if (part.type !== 'page') throw new Error(`asked for ${part.type}`)
  // A few at a time, as if they were long.
  const end = part.from + Math.min(part.max, 8)
  return { count: leaves.length, leaves: leaves.slice(part.from, end) }
}

function reading(depth: Depth, lie: (part: ProofPart) => PartAnswer = answer) {
  const source: ProofSource = {
    ask: async ({ parts }) => encodeProofAnswer(parts.map(part => encodePartAnswer(part, lie(part)))),
  }
  const reader = new ProofReader(source, walkBoundsDefault)
  return readList({ crypto, reader, epoch: 1, depth }, tree, root, toHex)
}

async function refusal(depth: Depth, lie: (part: ProofPart) => PartAnswer): Promise<string | undefined> {
  try {
    await reading(depth, lie)
    return undefined
  } catch (error) {
    if (error instanceof ProofError) return error.check
    throw error
  }
}

test('a list is read whole, page by page, with its sum', async () => {
  const { count, total, items } = await reading('deep')
  assert.equal([count, total, items.length], [100, sum, 100])
})

test('E3: parts of whole and of drawn items are those of the division', async () => {
  const amount = 1_000_003
  const parts = divide(
    amount,
    leaves.map(([, value]) => value),
  )
  for (const depth of ['deep', sample] as const) {
    const list = await reading(depth)
    for (const item of list.items) assert.is(shareOf(list, item, amount), parts[item.index])
  }
})

test('a sample has so many items, drawn by the seed; a list that is no longer is read whole', async () => {
  const drawn = await reading(sample)
  assert.equal([drawn.count, drawn.total, drawn.items.length], [100, sum, 10])
  const others = await reading({ sample: 10, seed: utf8('another') })
  assert.is.not(others.items.map(({ index }) => index).join(), drawn.items.map(({ index }) => index).join())
  assert.is((await reading({ sample: 100, seed: utf8('seed') })).items.length, 100)
})

test('drawn positions are distinct, ascending, and below the count', () => {
  for (const [count, wanted] of [
    [1, 5],
    [5, 5],
    [1_000, 50],
  ] as const) {
    const indices = drawIndices(crypto, utf8('seed'), count, wanted)
    assert.is(indices.length, Math.min(count, wanted))
    assert.ok(indices.every((index, i) => index < count && (i === 0 || indices[i - 1]! < index)))
  }
})

test('another leaf than the one that was drawn is refused', async () => {
  assert.is(
    await refusal(sample, part => (part.type === 'leaf' ? leafAt((part.index + 1) % 100) : answer(part))),
    'index',
  )
})

test('who tells another count, to choose what is drawn, is refused', async () => {
  const counting = (count: number) => (part: ProofPart) => {
    const told = answer(part)
    return 'count' in told ? { ...told, count } : told
  }
  assert.is(await refusal(sample, counting(50)), 'index')
  assert.is(await refusal('deep', counting(99)), 'index')
  assert.is(await refusal('deep', counting(8)), 'root')
})

test('pages without leaves, in another order, or from another place are refused', async () => {
  const empty = (part: ProofPart): PartAnswer => (part.type === 'page' ? { count: 100, leaves: [] } : answer(part))
  assert.is(await refusal('deep', empty), 'missing')
  const reversed = (part: ProofPart): PartAnswer => {
    const told = answer(part)
    return 'leaves' in told ? { ...told, leaves: told.leaves.toReversed() } : told
  }
  assert.is(await refusal('deep', reversed), 'root')
  const first = (part: ProofPart): PartAnswer => answer(part.type === 'page' ? { ...part, from: 0 } : part)
  assert.is(await refusal('deep', first), 'index')
})

test('two neighbours prove nothing absent from a tree that isn’t sorted, and nothing has a key where leaves have none', () => {
  const absence = { before: leafAt(3), after: leafAt(4) }
  const flow = { kind: 'asset', key: 'b'.repeat(34) } as const
  const failing = (check: string) => (error: ProofError) => error.check === check
  for (const list of ['parents', 'origins', 'unnamed', 'bases'] as const) {
    assert.throws(() => verifyFound(crypto, { name: 'parts', flow, list }, root, 'x', absence), failing('order'))
  }
  assert.throws(() => verifyFound(crypto, { name: 'use-records', flow, to: '' }, root, 'x', absence), failing('order'))
  assert.throws(() => verifyFound(crypto, { name: 'inbound', flow }, root, 'x', leafAt(0)), failing('key'))
})
