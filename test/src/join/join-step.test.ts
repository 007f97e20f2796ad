import * as assert from 'uvu/assert'
import { joinText } from '../../../src/join/join-step.ts'
import { suite } from '../../harness.ts'

const test = suite('join/join-step')

test('each step is told in one line', () => {
  assert.is(joinText({ step: 'asking' }), 'asking peers for the ledger')
  assert.is(
    joinText({ step: 'no-peer', problem: 'none is left\n/ip4/…: refused' }),
    'no peer to join by so far, asking again: none is left',
  )
  const fetched = { step: 'fetching', epoch: 12, share: 0.999, chunks: 3, bytes: 1_250_000, idleSeconds: 0 } as const
  const text = '99 % of the state of epoch 12 is here: 3 chunks with 1.3 MB came'
  assert.is(joinText({ ...fetched, secondsLeft: null }), text)
  assert.is(joinText({ ...fetched, secondsLeft: 7 }), `${text}, about 7 s left`)
  assert.is(joinText({ ...fetched, secondsLeft: 7, idleSeconds: 40 }), `${text}, nothing for 40 s`)
})
