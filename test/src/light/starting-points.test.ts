import * as assert from 'uvu/assert'
import { trustedFrom } from '../../../consensus/light/following/trusted-checkpoint.ts'
import { trustingPeriodMs } from '../../../consensus/light/following/trusting-period.ts'
import { StartingPoints } from '../../../src/light/starting-points.ts'
import { History, membersOf } from '../../fixtures/light-chain.ts'
import { suite } from '../../harness.ts'

const test = suite('light/starting-points')
const set = membersOf('a')
/** A trusting period is 80 epochs. */
const history = new History({ membersAt: () => set, params: { unbonding: 160 } })
const periodMs = trustingPeriodMs(history.params)
const trusted = (epoch: number) => (epoch === 0 ? history.trustedGenesis() : trustedFrom(history.block(epoch)))

test('the oldest is what was begun with, and later nearly as old as the trusting period', () => {
  const points = new StartingPoints(trusted(0), false)
  for (let epoch = 1; epoch <= 500; epoch++) {
    const nowMs = history.timeOf(epoch)
    points.add(trusted(epoch), nowMs)
    const { epoch: oldest, time } = points.oldest(nowMs)
    if (epoch < 80) assert.is(oldest, 0)
    else assert.ok(nowMs - time < periodMs && nowMs - time >= (6 * periodMs) / 8, `at ${epoch}: ${oldest}`)
  }
})

test('what the user vouches for stays, however old', () => {
  const points = new StartingPoints(trusted(0), true)
  for (const epoch of [200, 400]) points.add(trusted(epoch), history.timeOf(epoch))
  assert.is(points.oldest(history.timeOf(400)).epoch, 0)
})

test('where all are too old, the newest is to be told of', () => {
  const points = new StartingPoints(trusted(0), false)
  points.add(trusted(40), history.timeOf(40))
  assert.is(points.oldest(history.timeOf(1_000)).epoch, 40)
})
