import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { fromHex, toHex, toKey } from '../../../consensus/bytes.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { listRoot } from '../../../consensus/merkle/list-tree.ts'
import { updateStateTree } from '../../../consensus/merkle/state-tree.ts'
import { type SumTreeWidth, sumRoot } from '../../../consensus/merkle/sum-tree.ts'
import { suite } from '../../harness.ts'

/** Roots from the definitions, for other implementations to check themselves against. */
interface Vectors {
  readonly list: readonly { name: string; leaves: readonly string[]; root: string }[]
  readonly sum: readonly {
    name: string
    width: SumTreeWidth
    leaves: readonly (readonly [leaf: string, value: string])[]
    root: string
    sum: string
  }[]
  readonly state: readonly { entries: readonly (readonly [key: string, value: string])[]; root: string }[]
}

const test = suite('merkle/vectors')
const file = new URL('../../vectors/merkle/roots.json', import.meta.url)
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors

test('list trees', () => {
  for (const { name, leaves, root } of vectors.list) {
    const bytes = leaves.map(leaf => fromHex(leaf)!)
    assert.is(toHex(listRoot(nobleCrypto, name, bytes)), root)
  }
})

test('sum trees of both widths', () => {
  for (const { name, width, leaves, root, sum } of vectors.sum) {
    const summands = leaves.map(
      ([leaf, value]) => [fromHex(leaf)!, width === 'u128' ? BigInt(value) : Number(value)] as const,
    )
    const built = sumRoot(nobleCrypto, { name, width }, summands)
    assert.is(toHex(built.hash), root)
    assert.is(String(built.sum), sum)
  }
})

test('state trees', () => {
  for (const { entries, root } of vectors.state) {
    const changes = entries.map(([key, value]) => [toKey(fromHex(key)!), fromHex(value)!] as const)
    assert.is(toHex(updateStateTree(nobleCrypto, new Map(), changes).root), root)
  }
})
