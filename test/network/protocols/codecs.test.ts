import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { EncodingError } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import { LedgerError, MalformedError } from '../../../consensus/errors.ts'
import {
  batchCidsMax,
  bodyBytesMax,
  headersEpochsMax,
  headersKnownMax,
  outcomesPageMax,
  peersTold,
} from '../../../network/limits.ts'
import type { Codec } from '../../../network/protocol.ts'
import { protocols } from '../../../network/protocols/index.ts'
import { suite } from '../../harness.ts'

const test = suite('network/protocols/codecs')
const cid = Cid.of(nobleCrypto, Uint8Array.of(1))
const bytes = (length: number) => new Uint8Array(length).fill(7)
const { status, batches, checkpoints, outcomes, votes, submit, headers, genesis, peers } = protocols

function refuses(codec: Codec<unknown>, value: Value, field: string): void {
  try {
    codec.decode(encode(value))
  } catch (error) {
    assert.instance(error, MalformedError)
    assert.ok((error as MalformedError).message.startsWith(field), (error as Error).message)
    return
  }
  assert.unreachable(`taken: ${field}`)
}

function roundTrips<T>(codec: Codec<T>, value: T): void {
  assert.equal(codec.decode(codec.encode(value)), value)
}

test('every request and answer comes back as it was', () => {
  roundTrips(status.request, null)
  roundTrips(status.item, { chain: cid, epoch: 0, checkpoint: cid, role: 'light', agent: 'a' })
  roundTrips(status.item, { chain: cid, epoch: 9, checkpoint: cid, role: 'validator', agent: '', round: 3 })
  roundTrips(batches.request, { author: bytes(32), from: 1, to: 1 })
  roundTrips(batches.request, { cids: [cid, cid] })
  roundTrips(batches.item, { header: bytes(300), signature: bytes(64), body: bytes(bodyBytesMax) })
  roundTrips(checkpoints.request, { from: 1, to: 64 })
  roundTrips(checkpoints.item, { checkpoint: bytes(900), certificate: bytes(3), cut: bytes(0) })
  roundTrips(votes.request, { epoch: 1, round: 0, prevotes: bytes(0), precommits: bytes(19) })
  roundTrips(votes.request, { epoch: 1, round: 0, prevotes: bytes(1), precommits: bytes(1), want: cid })
  roundTrips(votes.item, { votes: [bytes(9), bytes(8)], proposals: [bytes(7)], certificates: [] })
  roundTrips(submit.item, { outcome: 'known' })
  roundTrips(submit.item, { outcome: 'refused', message: 'root: expected …' })
  roundTrips(headers.request, { epochs: [9, 1, 4], known: [cid] })
  roundTrips(headers.request, { checkpoint: cid, known: [] })
  roundTrips(headers.request, { from: 9, to: 1 })
  roundTrips(headers.item, { checkpoint: bytes(700), certificate: bytes(400), blocks: [bytes(5), bytes(6), bytes(7)] })
  roundTrips(headers.item, { checkpoint: bytes(700), certificate: bytes(0), blocks: [] })
  roundTrips(genesis.request, { chain: cid, offset: 0 })
  roundTrips(genesis.item, bytes(512 * 1024))
  roundTrips(peers.item, ['/ip4/127.0.0.1/tcp/1'])
})

test('what a schema does not allow is refused by name', () => {
  const fine = { chain: cid, epoch: 0, checkpoint: cid, role: 'full', agent: 'a' }
  refuses(status.item, { ...fine, epoch: -1 }, 'status.epoch')
  refuses(status.item, { ...fine, role: 'king' }, 'status.role')
  refuses(status.item, { ...fine, chain: bytes(36) }, 'status.chain')
  refuses(status.item, { ...fine, agent: 'a'.repeat(200) }, 'status.agent')
  refuses(status.item, { ...fine, more: 1 }, 'status.more')
  refuses(status.item, [], 'status')
  refuses(status.request, 0, 'request')
  refuses(batches.request, { cids: [] }, 'request.cids')
  refuses(batches.request, { cids: Array(batchCidsMax + 1).fill(cid) }, 'request.cids')
  refuses(batches.request, { cids: [cid], from: 1 }, 'request.from')
  refuses(batches.request, { author: bytes(31), from: 1, to: 1 }, 'request.author')
  refuses(batches.request, { author: bytes(32), from: 0, to: 1 }, 'request')
  refuses(batches.request, { author: bytes(32), from: 2, to: 1 }, 'request')
  refuses(batches.item, [bytes(1), bytes(63), bytes(1)], 'batch.signature')
  refuses(batches.item, [bytes(1), bytes(64)], 'batch')
  refuses(batches.item, [bytes(1), bytes(64), bytes(bodyBytesMax + 1)], 'batch.body')
  refuses(checkpoints.request, { from: 0, to: 1 }, 'request')
  refuses(checkpoints.item, [bytes(1), bytes(1)], 'epoch.cut')
  refuses(outcomes.request, { epoch: 1 }, 'request.from')
  refuses(outcomes.item, bytes(33), 'outcomes')
  refuses(outcomes.item, bytes(32 * outcomesPageMax + 32), 'outcomes')
  refuses(votes.request, { epoch: 1, round: 0, prevotes: bytes(65), precommits: bytes(1) }, 'request.prevotes')
  refuses(votes.item, { votes: [1], proposals: [], certificates: [] }, 'answer.votes')
  refuses(submit.item, { outcome: 'perhaps' }, 'answer.outcome')
  refuses(headers.request, { epochs: [], known: [] }, 'request.epochs')
  refuses(headers.request, { epochs: [0], known: [] }, 'request.epochs')
  refuses(headers.request, { epochs: Array(headersEpochsMax + 1).fill(1), known: [] }, 'request.epochs')
  refuses(headers.request, { epochs: [1], known: Array(headersKnownMax + 1).fill(cid) }, 'request.known')
  refuses(headers.request, { epochs: [1] }, 'request.known')
  refuses(headers.request, { epochs: [1], known: [], to: 1 }, 'request.to')
  refuses(headers.request, { checkpoint: 1, known: [] }, 'request.checkpoint')
  refuses(headers.request, { from: 1, to: 2 }, 'request')
  refuses(headers.request, { from: 1, to: 0 }, 'request')
  refuses(headers.request, {}, 'request.from')
  refuses(headers.item, [bytes(1), bytes(1)], 'header.blocks')
  refuses(headers.item, [bytes(16 * 1024 + 1), bytes(1), []], 'header.checkpoint')
  refuses(headers.item, [bytes(1), bytes(64 * 1024 + 1), []], 'header.certificate')
  refuses(headers.item, [bytes(1), bytes(1), [bytes(16 * 1024 + 1)]], 'header.blocks')
  refuses(headers.item, [bytes(1), bytes(1), [bytes(1), bytes(1), bytes(1), bytes(1)]], 'header.blocks')
  refuses(genesis.request, { chain: bytes(36), offset: 0 }, 'request.chain')
  refuses(genesis.request, { chain: cid, offset: -1 }, 'request.offset')
  refuses(genesis.item, bytes(512 * 1024 + 1), 'chunk')
  refuses(peers.item, Array(peersTold + 1).fill('/ip4/1.2.3.4/tcp/1'), 'peers')
  refuses(peers.item, [1], 'peers')
})

test('any bytes give a value that encodes to them again, or a clear error', () => {
  const codecs = Object.values(protocols).flatMap(protocol => [protocol.request, protocol.item]) as Codec<unknown>[]
  const values: fc.Arbitrary<Uint8Array> = fc
    .object({
      // The one key that no map may have: it would name the map's prototype.
      key: fc.string().filter(key => key !== '__proto__'),
      maxDepth: 2,
      values: [fc.integer(), fc.string({ maxLength: 8 }), fc.uint8Array({ maxLength: 70 }), fc.boolean()],
    })
    .map(value => encode(value as Value))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), values), input => {
      for (const codec of codecs) {
        let value: unknown
        try {
          value = codec.decode(input)
        } catch (error) {
          assert.ok(error instanceof MalformedError || error instanceof EncodingError || error instanceof LedgerError)
          continue
        }
        assert.equal(codec.encode(value), input)
      }
    }),
    { numRuns: 1500, interruptAfterTimeLimit: 4_000 },
  )
})
