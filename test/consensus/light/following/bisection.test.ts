import * as assert from 'uvu/assert'
import { Bisection } from '../../../../consensus/light/following/bisection.ts'
import type { TrustedCheckpoint } from '../../../../consensus/light/following/trusted-checkpoint.ts'
import { History, type HistoryOptions, type Member, member } from '../../../fixtures/light-chain.ts'
import { quickCrypto } from '../../../fixtures/quick-crypto.ts'
import { suite } from '../../../harness.ts'

const test = suite('light/following/bisection')
const epochs = 10_000

interface Way {
  readonly trusted: TrustedCheckpoint
  readonly checks: number
  readonly fetched: number
}

/** From the genesis to `target`, on an honest server. */
function follow(history: History, target = epochs): Way {
  const trusted = history.trustedGenesis()
  const bisection = new Bisection({ crypto: quickCrypto, trusted, target, nowMs: history.timeOf(target) })
  let fetched = 0
  while (bisection.needed !== undefined) {
    fetched++
    bisection.take(history.block(bisection.needed))
  }
  assert.is(`${bisection.trusted.cid}`, `${history.cid(target)}`)
  return { trusted: bisection.trusted, checks: bisection.checks, fetched }
}

/** Of `count` validators, `moving` give way to new ones every `every` epochs. */
function rotating(count: number, moving: number, every: number): (epoch: number) => readonly Member[] {
  const sets = new Map<number, readonly Member[]>()
  return epoch => {
    const turn = Math.floor(Math.max(0, epoch - 2) / every)
    const known = sets.get(turn)
    if (known !== undefined) return known
    const set = Array.from({ length: count }, (_, i) => member(turn * moving + i))
    sets.set(turn, set)
    return set
  }
}

const goals: readonly (readonly [what: string, HistoryOptions, checksMax: number, fetchedMax: number])[] = [
  ['an unchanged set', { membersAt: rotating(100, 0, 1) }, 1, 1],
  ['5 % every 500 epochs', { membersAt: rotating(100, 5, 500) }, 3, 12],
  ['5 % every epoch', { membersAt: rotating(20, 1, 1) }, epochs / 10, 3 * (epochs / 10)],
]
for (const [what, options, checksMax, fetchedMax] of goals) {
  test(`${epochs} epochs with ${what}: at most ${checksMax} certificate checks`, () => {
    const { checks, fetched } = follow(new History(options))
    assert.ok(checks <= checksMax, `${checks} checks`)
    assert.ok(fetched <= fetchedMax, `${fetched} blocks`)
  })
}
