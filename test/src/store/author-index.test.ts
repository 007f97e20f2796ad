import * as assert from 'uvu/assert'
import { encode } from '../../../consensus/cbor/encode.ts'
import { AuthorIndex } from '../../../src/store/author-index.ts'
import type { Database, KeyRange } from '../../../src/store/database.ts'
import { authorKey } from '../../../src/store/keys.ts'
import { suite } from '../../harness.ts'
import { cidOf, collect } from './sample.ts'

const test = suite('store/author-index')

test('the author index passes over what is final, however much of it there is', async () => {
  const place = (byte: number, seq: number) => ({ author: new Uint8Array(32).fill(byte), seq })
  const places = [
    ...Array.from({ length: 500 }, (_, i) => place(0xa1, i + 1)),
    place(0xa1, 500),
    ...[1, 2, 3, 9].map(seq => place(0xa2, seq)),
    place(0xa3, 1),
    ...Array.from({ length: 300 }, (_, i) => place(0xff, i + 1)),
  ]
  const keys = places.map(({ author, seq }, i) => authorKey(author, seq, cidOf(`${i}`))).sort(Buffer.compare)
  let read = 0
  const database = {
    async *entries({ from, to }: KeyRange) {
      for (const key of keys) {
        if (Buffer.compare(key, from) < 0 || Buffer.compare(key, to) >= 0) continue
        read++
        yield [key, encode([100, 7])] as [Uint8Array, Uint8Array]
      }
    },
  } as unknown as Database
  const finalSeqs: Readonly<Record<number, number>> = { 161: 499, 162: 2, 255: 300 }
  const beyond = await collect(new AuthorIndex(database).beyond(([first]) => finalSeqs[first!] ?? 0))
  assert.equal(
    beyond.map(({ author: [first], seq }) => [first, seq]),
    [
      [0xa1, 500],
      [0xa1, 500],
      [0xa2, 3],
      [0xa2, 9],
      [0xa3, 1],
    ],
  )
  assert.ok(read < 50, `${read} entries were read`)
})
