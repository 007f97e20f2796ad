import * as assert from 'uvu/assert'
import { encodeCheckpoint } from '../../../../consensus/checkpoint.ts'
import { Cid } from '../../../../consensus/cid.ts'
import { checkpointBefore } from '../../../../consensus/light/following/earlier.ts'
import { FollowError } from '../../../../consensus/light/following/follow-error.ts'
import { History, membersOf } from '../../../fixtures/light-chain.ts'
import { quickCrypto } from '../../../fixtures/quick-crypto.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/following/earlier')
const set = membersOf('a', 'b', 'c', 'd')
const history = new History({ membersAt: () => set })

test('from name to name, back to the genesis', () => {
  let named = { epoch: 9, cid: history.cid(9) }
  while (named.epoch > 0) named = checkpointBefore(quickCrypto, named, history.checkpointBlock(named.epoch))
  assert.equal(named, { epoch: 0, cid: history.chain })
})

test('another block than the named one, or one of another epoch, leads nowhere', () => {
  const failsAt = (check: string, act: () => unknown) =>
    assert.throws(act, (error: Error) => error instanceof FollowError && error.check === check)
  const named = { epoch: 9, cid: history.cid(9) }
  failsAt('prev', () => checkpointBefore(quickCrypto, named, history.checkpointBlock(8)))
  const odd = encodeCheckpoint({ ...history.checkpoint(9), epoch: 7 })
  failsAt('epoch', () => checkpointBefore(quickCrypto, { epoch: 9, cid: Cid.of(quickCrypto, odd) }, odd))
})
