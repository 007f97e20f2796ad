import * as assert from 'uvu/assert'
import { Bisection } from '../../../../consensus/light/following/bisection.ts'
import { FollowError } from '../../../../consensus/light/following/follow-error.ts'
import type { LightBlock } from '../../../../consensus/light/following/light-block.ts'
import type { TrustedCheckpoint } from '../../../../consensus/light/following/trusted-checkpoint.ts'
import { driftMsMax, trustingPeriodMs } from '../../../../consensus/light/following/trusting-period.ts'
import { History, type HistoryOptions, type Member, member, membersOf } from '../../../fixtures/light-chain.ts'
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
  ['5 % every 500 epochs', { membersAt: rotating(100, 5, 500) }, 2, 3],
  ['5 % every epoch', { membersAt: rotating(20, 1, 1) }, 760, 1_600],
]
for (const [what, options, checksMax, fetchedMax] of goals) {
  test(`${epochs} epochs with ${what}: at most ${checksMax} certificate checks`, () => {
    const { checks, fetched } = follow(new History(options))
    assert.ok(checks <= checksMax, `${checks} checks`)
    assert.ok(fetched <= fetchedMax, `${fetched} blocks`)
  })
}

const set = membersOf('a', 'b', 'c', 'd')
const still = new History({ membersAt: () => set })

function failsAt(check: string, act: () => unknown): void {
  assert.throws(act, (error: Error) => error instanceof FollowError && error.check === check)
}

test('what is older than the trusting period is followed only on the user’s word', () => {
  const trusted = still.trustedGenesis()
  const nowMs = trusted.time + trustingPeriodMs(still.params)
  const options = { crypto: quickCrypto, trusted, target: 50 }
  assert.is(trustingPeriodMs(still.params), (181_440 / 2) * 10_000)
  assert.is(new Bisection({ ...options, nowMs: nowMs - 1 }).needed, 50)
  failsAt('expired', () => new Bisection({ ...options, nowMs }))
  const vouched = new Bisection({ ...options, nowMs, anyAge: true })
  vouched.take(still.block(50))
  assert.is(vouched.trusted.epoch, 50)
})

test('a trusted checkpoint yet to come, and an epoch that is no later one, are refused at once', () => {
  const trusted = still.trustedGenesis()
  const options = { crypto: quickCrypto, trusted, target: 50 }
  failsAt('future', () => new Bisection({ ...options, nowMs: trusted.time - driftMsMax - 1 }))
  failsAt('epoch', () => new Bisection({ ...options, target: 0, nowMs: trusted.time }))
})

test('another epoch than the needed one is refused, and so is what was checked last', () => {
  const begun = () =>
    new Bisection({ crypto: quickCrypto, trusted: still.trustedGenesis(), target: 50, nowMs: still.timeOf(50) })
  failsAt('epoch', () => begun().take(still.block(49)))
  const forged = still.block(50)
  const [[validator, signature], ...others] = forged.certificate.signatures as [[number, Uint8Array]]
  const signatures = [[validator, signature.with(0, signature[0]! ^ 1)] as const, ...others]
  const bisection = begun()
  failsAt('certificate', () => bisection.take({ ...forged, certificate: { ...forged.certificate, signatures } }))
  assert.equal([bisection.trusted.epoch, bisection.checks], [0, 1])
})

test('what can’t be right is refused before it is near enough to be checked', () => {
  const elsewhere = new History({ membersAt: () => membersOf('x', 'y', 'z') })
  const options = { crypto: quickCrypto, trusted: still.trustedGenesis(), target: 50, nowMs: still.timeOf(50) }
  failsAt('chain', () => new Bisection(options).take(elsewhere.block(50)))
})

test('of sets that change by a third at once, each is followed from the one before', () => {
  const { checks } = follow(new History({ membersAt: rotating(3, 1, 1) }), 60)
  assert.ok(checks <= 60)
})

test('whoever lies about every block but the last is soon asked for the next epoch, and gets no further', () => {
  const stranger = new History({ membersAt: epoch => (epoch === 0 ? set : membersOf('x', 'y', 'z')) })
  const target = 2 ** 36
  const bisection = new Bisection({
    crypto: quickCrypto,
    trusted: still.trustedGenesis(),
    target,
    nowMs: still.timeOf(target),
    anyAge: true,
  })
  let asked = 0
  failsAt('prev', () => {
    for (;;) {
      asked++
      bisection.take(made(stranger, bisection.needed!))
    }
  })
  assert.ok(asked <= 38, `${asked} blocks`)
  assert.equal([bisection.trusted.epoch, bisection.checks], [0, 1])
})

/** A block of any epoch whose certificate names its own checkpoint, with a set that nobody trusts. */
function made(stranger: History, epoch: number): LightBlock {
  const { checkpoint, ...block } = stranger.block(3)
  const cid = block.cid
  const certificate = { ...block.certificate, epoch }
  return {
    ...block,
    cid,
    certificate,
    checkpoint: { ...checkpoint, chain: still.chain, epoch, time: still.timeOf(epoch) },
  }
}
