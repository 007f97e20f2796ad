import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { messageBytes, type VoteType } from '../../../consensus/agreement/message.ts'
import type { ValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import type { Vote } from '../../../consensus/agreement/vote.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { restoreBackup } from '../../../src/backup/restore.ts'
import { writeBackup } from '../../../src/backup/write-backup.ts'
import { type AgreementMessage, encodeAttempt } from '../../../src/node/agreement-messages.ts'
import type { ChainHead } from '../../../src/node/chain-head.ts'
import type { Node } from '../../../src/node/node.ts'
import { openStore } from '../../../src/node/open-ledger.ts'
import { VoteGuard } from '../../../src/node/vote-guard.ts'
import { guardFresh, guardWaiting, readFresh } from '../../../src/store/guard.ts'
import { writePieces } from '../../../src/store/pieces-file.ts'
import type { Slot } from '../../../src/store/slot.ts'
import { Nodes, voteKeyOf } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { handlers, hears, quiet, start, stopAll } from '../../network/net.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/vote-guard')

/** Epochs that a validator signed the decision of, from the certificates that all keep. */
function signedBy(witness: Node, key: Uint8Array): Set<number> {
  const epochs = new Set<number>()
  witness.ledger.onEpoch(({ epoch, certificate, previous }) => {
    const signers = certificate!.signatures.map(([validator]) => toKey(previous[validator]!.key))
    if (signers.includes(toKey(key))) epochs.add(epoch)
  })
  return epochs
}

test(
  'T7: a validator restored while its twin runs signs nothing; when the twin has stopped, it votes two epochs later',
  async () => {
    const nodes = new Nodes({ params: { minStake: 1 } })
    try {
      const validators = await nodes.startValidators(4)
      const [witness, , , twin] = validators as [Node, Node, Node, Node]
      const author = nodes.author('ana')
      await nodes.makeEpochs(2, author, witness, validators)
      const file = join(tempFolder(), 'val3.backup')
      await writePieces(file, writeBackup(twin.store), 0o600)
      await nodes.makeEpochs(2, author, witness, validators)
      const dir = join(tempFolder(), 'restored')
      await restoreBackup(file, dir)
      const restored = await nodes.start('restored', { dir, voteAs: 'val3' })
      assert.ok(restored.store.guard.get())
      await nodes.makeEpochs(8, author, witness, [...validators, restored], 60_000)
      assert.ok(restored.store.guard.get(), 'it voted beside its twin')
      assert.match(restored.stats().votingWaits!, /somebody votes with its key, last in epoch \d+/)
      assert.is(restored.store.agreement.get(), undefined)
      await nodes.stop('val3')
      const stoppedAt = witness.ledger.head.epoch
      const signed = signedBy(witness, twin.voteKey!.publicKey)
      await nodes.makeEpochs(3, author, witness, [witness, restored], 60_000)
      // Two whole epochs without its key are final before it votes.
      for (const epoch of signed) assert.not.ok(epoch > stoppedAt + 1 && epoch <= stoppedAt + 2, `${epoch}`)
      await nodes.until('it votes again', () => restored.store.guard.get() === undefined, 30_000)
      assert.is(restored.stats().votingWaits, null)
      // Without it the others are no quorum any more: what is decided now, it signed.
      await nodes.stop('val2')
      const alone = witness.ledger.head.epoch
      await nodes.makeEpochs(3, author, witness, [witness, restored], 60_000)
      assert.ok(
        [...signed].some(epoch => epoch > alone + 1),
        `signed ${[...signed]}, needed from ${alone + 1} on`,
      )
      // Nobody could prove anything against it.
      const isInOffice = witness.ledger.head.validators.some(({ key }) => toKey(key) === toKey(twin.voteKey!.publicKey))
      assert.ok(isInOffice)
      assert.equal(nodes.errors, [])
    } finally {
      await nodes.stopAll()
    }
  },
  { deadlineMs: 180_000 },
)

test('the only validator of a ledger, restored, has nobody to wait for', async () => {
  const nodes = new Nodes({ validators: 1 })
  const first = await nodes.start('val0')
  const author = nodes.author('ana')
  await nodes.makeEpochs(2, author, first, [first])
  const file = join(tempFolder(), 'val0.backup')
  await writePieces(file, writeBackup(first.store), 0o600)
  await nodes.stop('val0')
  const dir = join(tempFolder(), 'restored')
  await restoreBackup(file, dir)
  const restored = await nodes.start('val0', { dir })
  await nodes.makeEpochs(2, author, restored, [restored])
  await nodes.stopAll()
})

test(
  'a new validator that finds its network under way waits as well, and others than validators never do',
  async () => {
    const nodes = new Nodes({ params: { minStake: 1 } })
    try {
      const validators = await nodes.startValidators(3)
      const author = nodes.author('ana')
      await nodes.makeEpochs(2, author, validators[0]!, validators)
      const late = await nodes.start('val3')
      const observer = await nodes.start('observer')
      assert.ok(late.store.guard.get())
      assert.match(late.stats().votingWaits!, /what it signed before is not here: it (waits until|votes from epoch)/)
      assert.is(observer.store.guard.get(), undefined)
      await nodes.makeEpochs(5, author, validators[0]!, [...validators, late], 60_000)
      await nodes.until('it votes', () => late.store.guard.get() === undefined, 30_000)
    } finally {
      await nodes.stopAll()
    }
  },
  { deadlineMs: 120_000 },
)

const validators: ValidatorSet = [0, 1, 2, 3].map(i => ({
  account: `${i}`.repeat(32),
  key: voteKeyOf(`val${i}`).publicKey,
  stake: 1,
}))

function vote(
  epoch: number,
  validator: number,
  type: VoteType = 'prevote',
): Extract<AgreementMessage, { kind: 'vote' }> {
  const said: Vote = { type, epoch, round: 0, checkpoint: null, validRound: -1 }
  return { kind: 'vote', vote: { ...said, validator, signature: new Uint8Array(64) } }
}

/** Of the validator 0, with what the slot holds. */
function guardOf(
  isCurrent: () => boolean,
  held = guardWaiting,
  epoch = 0,
  put: Slot['put'] = async () => {},
): VoteGuard {
  const slot = { get: () => held, put } as unknown as Slot
  return new VoteGuard({ slot, key: validators[0]!.key, epoch, isCurrent, log: quiet })
}

test('T7: what a validator hears while it catches up is no report of where the others are', () => {
  let isCurrent = false
  const guard = guardOf(() => isCurrent)
  const hear = (epoch: number, from = [1, 2, 3]) => {
    for (const validator of from) guard.heard(vote(epoch, validator), validators)
  }
  hear(7)
  assert.not.ok(guard.mayVote(9, validators), 'votes of long ago, repeated')
  // Two thirds are not made of what was heard before and after.
  isCurrent = true
  hear(50, [1, 2])
  isCurrent = false
  hear(50, [3])
  isCurrent = true
  hear(51, [3])
  assert.not.ok(guard.mayVote(53, validators))
  hear(53)
  assert.match(guard.waits!, /votes from epoch 53 on/)
  // A peer comes that is far ahead.
  isCurrent = false
  assert.not.ok(guard.mayVote(53, validators))
  isCurrent = true
  assert.not.ok(guard.mayVote(54, validators), 'it begins anew')
  hear(90)
  assert.not.ok(guard.mayVote(91, validators))
  assert.ok(guard.mayVote(92, validators))
})

test('T7: its own key in votes of long ago counts, the others do not', () => {
  const guard = guardOf(() => false)
  guard.heard(vote(7, 0), validators)
  assert.match(guard.waits!, /somebody votes with its key, last in epoch 7/)
})

test(
  'T7: a node takes true votes of an epoch long past for no report while a peer is far ahead',
  async () => {
    const nodes = new Nodes()
    try {
      let epoch = 50
      const peer = await start({
        chain: nodes.chain,
        handlers: {
          ...handlers(),
          status: () => ({ chain: nodes.chain, epoch, checkpoint: nodes.chain, role: 'full', agent: 'a' }),
        },
      })
      const dir = nodes.dir('val0')
      const store = await openStore(dir)
      await store.guard.put(guardWaiting, { sync: true })
      await store.close()
      const node = await nodes.start('val0')
      await node.network.connect(peer.addrs()[0]!)
      const { validators: set } = node.ledger.head
      const say = async (type: VoteType) => {
        const taken = node.network.stats().gossip.votes.accepted
        const others = [0, 1, 2, 3].filter(i => toKey(set[i]!.key) !== toKey(node.voteKey!.publicKey))
        for (const index of others) {
          const { vote: unsigned } = vote(1, index, type)
          const key = ['val1', 'val2', 'val3'].map(voteKeyOf).find(k => toKey(k.publicKey) === toKey(set[index]!.key))!
          const signature = key.sign(messageBytes(nodes.chain, unsigned))
          await peer.publish('votes', encodeAttempt(0, { kind: 'vote', vote: { ...unsigned, signature } }))
        }
        await nodes.until('they are taken', () => node.network.stats().gossip.votes.accepted === taken + 3)
      }
      await nodes.until('they hear each other', () => hears(peer) === 1)
      await nodes.until('it knows how far the peer is', () => node.isSyncing)
      await say('prevote')
      assert.match(node.stats().votingWaits!, /until it has caught up/)
      epoch = 0
      await nodes.until('nobody is ahead', () => !node.isSyncing)
      await say('precommit')
      assert.match(node.stats().votingWaits!, /it votes from epoch 3 on/)
    } finally {
      await nodes.stopAll()
      await stopAll()
    }
  },
  { deadlineMs: 60_000 },
)

test('T7: who begins at the genesis votes; from the first final epoch on only if it had a part in it', () => {
  const begunMs = 1_000_000
  const checkpoint = Cid.fromDigest(new Uint8Array(32))
  const nil: Vote = { type: 'prevote', epoch: 1, round: 0, checkpoint: null, validRound: -1 }
  const own = { ...nil, checkpoint }
  const finalOf = (time: number): ChainHead =>
    ({ epoch: 1, cid: checkpoint, time, certificate: null, previous: validators }) as unknown as ChainHead
  for (const [said, time, may, what] of [
    [[own], 1, true, 'it voted for it, whatever the clock of the proposer'],
    [[nil], begunMs - 10_000, true, 'it voted in an epoch that is no older than its folder'],
    [[nil], begunMs - 10_001, false, 'it was cut off, and voted in an epoch long past'],
    [[], begunMs + 5_000, false, 'the others did without it'],
  ] as const) {
    const held: (Uint8Array | null)[] = []
    const guard = guardOf(
      () => true,
      guardFresh(begunMs),
      0,
      async value => void held.push(value),
    )
    assert.ok(guard.mayVote(1, validators))
    assert.is(guard.waits, null)
    guard.final(finalOf(time), said)
    assert.is(guard.mayVote(2, validators), may, what)
    assert.equal(held, [may ? null : guardWaiting], what)
    guard.final(finalOf(time), [])
    assert.is(guard.mayVote(2, validators), may, 'it is decided once')
  }
  assert.not.ok(guardOf(() => true, guardFresh(begunMs), 1).mayVote(2, validators), 'cut off before it was written')
})

test(
  'T7: validators that begin together vote at once; one that begins alone beside a running network waits when it has found it',
  async () => {
    const nodes = new Nodes({ params: { minStake: 1 } })
    try {
      const running = [await nodes.start('val0'), await nodes.start('val1'), await nodes.start('val2')]
      for (const { store } of running) assert.ok(readFresh(store.guard.get()))
      const author = nodes.author('ana')
      await nodes.makeEpochs(2, author, running[0]!, running)
      await nodes.until('they were there', () => running.every(({ store }) => store.guard.get() === undefined))
      const late = await nodes.start('val3', { node: { bootstrap: [] } })
      assert.ok(readFresh(late.store.guard.get()))
      assert.is(late.stats().votingWaits, null)
      await late.network.connect(running[0]!.network.addrs()[0]!)
      await nodes.reach(2, [late])
      assert.match(late.stats().votingWaits!, /what it signed before is not here/)
      assert.is(late.store.agreement.get(), undefined)
      await nodes.makeEpochs(6, author, running[0]!, [...running, late], 60_000)
      await nodes.until('it votes', () => late.store.guard.get() === undefined, 30_000)
      const stranger = await nodes.start('val9', { node: { bootstrap: [] } })
      assert.equal(stranger.store.guard.get(), guardWaiting, 'its key is not of the genesis: it may have come later')
      assert.equal(nodes.errors, [])
    } finally {
      await nodes.stopAll()
    }
  },
  { deadlineMs: 120_000 },
)
