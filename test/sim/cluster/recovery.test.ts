import * as assert from 'uvu/assert'
import { defaultTimeoutsMs as patience } from '../../../consensus/agreement/timeouts.ts'
import { suite } from '../../harness.ts'
import { deadlineFrom } from './oracle/recovery.ts'

const test = suite('sim/cluster/recovery')

test('a decision is due once three good turns were long enough', () => {
  const { round } = deadlineFrom(-1, patience, { proposalMs: 3_500, voteMs: 1_500 }, of => of % 2 === 1)
  assert.is(round, 5)
})

test('a network whose steps never fit is no case to wait for', () => {
  const need = { proposalMs: patience.cap + 1, voteMs: 0 }
  assert.throws(() => deadlineFrom(0, patience, need, () => true), /doesn't fit into the cap of 30000 ms/)
})
