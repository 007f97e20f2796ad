import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { equalBytes, fromHex, toHex } from '../../../consensus/bytes.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { MalformedError } from '../../../consensus/errors.ts'
import {
  ListTreeBuilder,
  listProof,
  listProofValue,
  listRoot,
  parseListProof,
  verifyListProof,
} from '../../../consensus/merkle/list-tree.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { suite } from '../../harness.ts'
import { naiveRoot, naiveTop, naiveTree } from './naive-trees.ts'
import { assertTamperProof, failedCheck, malformedField } from './tampering.ts'

const test = suite('merkle/list-tree')
const crypto = nativeCrypto
const name = 'batch'
const oracle = naiveTree(name, 0)

const numbered = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(i >> 8, i & 255))
const oracleRoot = (leaves: readonly Uint8Array[]) =>
  toHex(
    naiveRoot(
      oracle,
      leaves.map(bytes => ({ bytes, value: 0n })),
    ),
  )

test('the shape is that of RFC 6962: its published roots come out of the same definition without a domain', () => {
  const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const roots = [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  const bare = { domain: Buffer.alloc(0), sumLength: 0 } as const
  const leaves = inputs.map(hex => fromHex(hex)!)
  for (const [i, root] of roots.entries()) {
    const first = leaves.slice(0, i + 1)
    const { hash } = naiveTop(
      bare,
      first.map(bytes => ({ bytes, value: 0n })),
    )
    assert.is(hash.toString('hex'), root)
    assert.is(toHex(listRoot(crypto, name, first)), oracleRoot(first))
  }
})

test('the root is that of the definition for every count up to 130', () => {
  const builder = new ListTreeBuilder(crypto, name)
  const leaves = numbered(130)
  assert.is(toHex(builder.root()), oracleRoot([]))
  for (const [i, leaf] of leaves.entries()) {
    builder.add(leaf)
    assert.is(builder.count, i + 1)
    assert.is(toHex(builder.root()), oracleRoot(leaves.slice(0, i + 1)))
  }
})

test('leaves of any length, as arrays or spans, with either crypto, after a reset', () => {
  const anyLeaf = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 500, maxLength: 1400 }))
  const spans = new ListTreeBuilder(nobleCrypto, name)
  fc.assert(
    fc.property(fc.array(anyLeaf, { maxLength: 12 }), leaves => {
      const joined = Buffer.concat(leaves)
      spans.reset()
      let at = 0
      for (const { length } of leaves) {
        spans.addSpan(joined, at, at + length)
        at += length
      }
      assert.is(toHex(spans.root()), oracleRoot(leaves))
      assert.is(toHex(listRoot(crypto, name, leaves)), oracleRoot(leaves))
    }),
    { numRuns: 60 },
  )
})

test('every leaf of every small list is proved, and only at its place', () => {
  for (let count = 1; count <= 33; count++) {
    const leaves = numbered(count)
    const root = listRoot(crypto, name, leaves)
    for (let index = 0; index < count; index++) {
      const proof = listProof(crypto, name, leaves, index)
      verifyListProof(crypto, name, root, leaves[index]!, proof)
      for (let other = 0; other < count; other++) {
        if (other === index) continue
        const check = failedCheck(() => verifyListProof(crypto, name, root, leaves[index]!, { ...proof, index: other }))
        assert.ok(check === 'root' || check === 'siblings')
      }
    }
  }
})

test('the root binds the count', () => {
  const leaves = numbered(5)
  const root = listRoot(crypto, name, leaves)
  const proof = listProof(crypto, name, leaves, 0)
  for (const count of [6, 7, 8]) {
    assert.is(
      failedCheck(() => verifyListProof(crypto, name, root, leaves[0]!, { ...proof, count })),
      'root',
    )
  }
})

test('a refused proof names the failed check', () => {
  const leaves = numbered(6)
  const root = listRoot(crypto, name, leaves)
  const proof = listProof(crypto, name, leaves, 2)
  const check = (changed: Partial<typeof proof>, leaf = leaves[2]!) =>
    failedCheck(() => verifyListProof(crypto, name, root, leaf, { ...proof, ...changed }))
  assert.is(check({ index: 6 }), 'index')
  assert.is(check({ siblings: proof.siblings.slice(32) }), 'siblings')
  assert.is(check({ siblings: new Uint8Array([...proof.siblings, ...new Uint8Array(32)]) }), 'siblings')
  assert.is(check({}, leaves[3]!), 'root')
  assert.is(
    failedCheck(() => listProof(crypto, name, leaves, 6)),
    'index',
  )
})

test('trees of other names share no part', () => {
  const leaves = numbered(4)
  const proof = listProof(crypto, name, leaves, 1)
  const root = listRoot(crypto, name, leaves)
  assert.not.ok(equalBytes(root, listRoot(crypto, 'batches', leaves)))
  assert.is(
    failedCheck(() => verifyListProof(crypto, 'flow', root, leaves[1]!, proof)),
    'root',
  )
  for (const wrong of ['', 'naïve', 'a'.repeat(256)]) {
    assert.throws(
      () => listRoot(crypto, wrong, []),
      (error: unknown) => error instanceof MalformedError,
    )
  }
})

test('a node is no leaf: an inner node of the tree is refused as one', () => {
  const leaves = numbered(4)
  const root = listRoot(crypto, name, leaves)
  const { siblings } = listProof(crypto, name, leaves, 0)
  const [sibling, uncle] = [siblings.subarray(0, 32), siblings.subarray(32)]
  const node = Buffer.concat([naiveTop(oracle, [{ bytes: leaves[0]!, value: 0n }]).hash, sibling])
  assert.is(
    failedCheck(() => verifyListProof(crypto, name, root, node, { index: 0, count: 2, siblings: uncle })),
    'root',
  )
})

test('no changed or truncated proof is accepted', () => {
  for (const [count, index] of [
    [1, 0],
    [2, 1],
    [7, 6],
    [300, 150],
  ] as const) {
    const leaves = numbered(count)
    const root = listRoot(crypto, name, leaves)
    assertTamperProof(listProofValue(listProof(crypto, name, leaves, index)), value =>
      verifyListProof(crypto, name, root, leaves[index]!, parseListProof(value)),
    )
  }
})

test('parsing names the malformed field', () => {
  const field = (value: Parameters<typeof parseListProof>[0]) => malformedField(() => parseListProof(value))
  assert.is(field(null), 'proof')
  assert.is(field([0, 1]), 'proof')
  assert.is(field([-1, 1, new Uint8Array(0)]), 'proof.index')
  assert.is(field([0, 2 ** 32, new Uint8Array(0)]), 'proof.count')
  assert.is(field([0, 1, new Uint8Array(31)]), 'proof.siblings')
  assert.is(field([0, 1, new Uint8Array(33 * 32)]), 'proof.siblings')
  assert.is(field([0, 1, new Uint8Array(32 * 32)]), undefined)
})
