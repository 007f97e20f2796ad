import * as assert from 'uvu/assert'
import { Cid } from '../../../consensus/cid.ts'
import { defaultParams } from '../../../consensus/params.ts'
import type { CutContext } from '../../../src/node/cut-builder.ts'
import { EpochReason } from '../../../src/node/epoch-reason.ts'
import { Mempool } from '../../../src/node/mempool.ts'
import { suite } from '../../harness.ts'

const test = suite('node/epoch-reason')

test('T9: all authors are looked at once an epoch, then only those of whom something came', () => {
  const mempool = new Mempool({ bytesMax: 1e9, authorBytesMax: 1e9, authorBatchesMax: 100, rivalsMax: 4 })
  const add = (author: string, bytes: number, seq = 1) => {
    const digest = new Uint8Array(32).fill(author.charCodeAt(0)).fill(seq, 1)
    mempool.add({ cid: Cid.fromDigest(digest), author, seq, prev: null, bytes, arrival: 0 })
  }
  const looked: string[] = []
  const account = (author: string) => {
    looked.push(author)
    return { balance: 1e9, credit: 0, seq: 0, head: null }
  }
  const context: CutContext = { params: { ...defaultParams, bytePrice: 1 }, epoch: 1, mempool, account }
  const reason = new EpochReason(() => context)
  const find = () => [reason.find(), looked.splice(0).join('')]

  for (const author of ['a', 'b']) add(author, 1e8)
  assert.equal(find(), [false, 'ab'], 'neither has room in any cut')
  assert.equal(find(), [false, ''])
  add('c', 1e8)
  assert.equal(find(), [false, 'c'])
  add('d', 100)
  assert.equal(find(), [true, 'd'])
  add('e', 1e8)
  assert.equal(find(), [true, ''], 'one is enough')
  reason.begin()
  mempool.finalize('d', 1)
  assert.equal(find(), [false, 'abce'])
})
