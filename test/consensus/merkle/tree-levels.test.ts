import * as assert from 'uvu/assert'
import { toKey, utf8 } from '../../../consensus/bytes.ts'
import { nobleCrypto as crypto } from '../../../consensus/crypto.ts'
import { listAbsence, verifyListAbsence } from '../../../consensus/merkle/absence.ts'
import { listLayout, listProof, listRoot, listSummands } from '../../../consensus/merkle/list-tree.ts'
import { sumLayout, sumProof } from '../../../consensus/merkle/sum-tree.ts'
import { TreeLevels } from '../../../consensus/merkle/tree-levels.ts'
import { suite } from '../../harness.ts'

const test = suite('merkle/tree-levels')
const leavesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => utf8(`leaf ${String(2 * i).padStart(4, '0')}`))

test('paths are those that are made from all leaves anew, for every size and shape', () => {
  for (let count = 1; count <= 33; count++) {
    const leaves = leavesOf(count)
    const levels = new TreeLevels(crypto, listLayout('list'), listSummands(leaves))
    for (let index = 0; index < count; index++) {
      assert.equal(levels.path(index), listProof(crypto, 'list', leaves, index), `${index} of ${count}`)
    }
  }
})

test('sums stand in the labels of sum trees', () => {
  const tree = { name: 'sum', width: 'u128' } as const
  const leaves = leavesOf(21).map((leaf, i) => [leaf, 2n ** 70n * BigInt(i)] as const)
  const levels = new TreeLevels(crypto, sumLayout(tree), leaves)
  for (let index = 0; index < leaves.length; index++) {
    assert.equal({ ...levels.path(index), value: leaves[index]![1] }, sumProof(crypto, tree, leaves, index))
  }
})

test('leaves are found by key, and absences proved, in an empty tree too', () => {
  for (const count of [0, 1, 2, 9]) {
    const leaves = leavesOf(count)
    const levels = new TreeLevels(crypto, listLayout('list'), listSummands(leaves))
    leaves.forEach((leaf, index) => {
      assert.equal(levels.find(toKey, toKey(leaf)), { index, found: true })
    })
    for (let i = 0; i <= count; i++) {
      const key = toKey(utf8(`leaf ${String(2 * i - 1).padStart(4, '0')}`))
      const { index, found } = levels.find(toKey, key)
      assert.is(found, false)
      const absence = levels.absence(index, path => path)
      assert.equal(absence, listAbsence(crypto, 'list', leaves, toKey, key))
      verifyListAbsence(crypto, 'list', listRoot(crypto, 'list', leaves), toKey, key, absence)
    }
  }
})
