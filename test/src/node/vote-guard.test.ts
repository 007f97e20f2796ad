import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { restoreBackup } from '../../../src/backup/restore.ts'
import { writeBackup } from '../../../src/backup/write-backup.ts'
import type { Node } from '../../../src/node/node.ts'
import { writePieces } from '../../../src/store/pieces-file.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
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
