import * as assert from 'uvu/assert'
import { toKey } from '../../../consensus/bytes.ts'
import { decodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { treasuryCodec, treasuryKey } from '../../../consensus/ledger/cells/global.ts'
import { openLedger } from '../../../src/node/open-ledger.ts'
import { Nodes } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'

const test = suite('node/twins')

test(
  'T12, T13: a validator run twice is found out, pays 5 %, leaves the set, and the network goes on',
  async () => {
    const nodes = new Nodes({ params: { minStake: 1 } })
    try {
      const validators = await nodes.startValidators(4)
      // A folder that was begun otherwise than by a node's start has no guard, as if its owner had said that it may vote at once.
      const { store } = await openLedger(nodes.dir('twin'), nodes.genesis)
      await store.close()
      await nodes.start('twin', { voteAs: 'val3' })
      const witness = validators[0]!
      const key = toKey(validators[3]!.voteKey!.publicKey)
      const isInOffice = () => witness.ledger.head.validators.some(validator => toKey(validator.key) === key)
      const author = nodes.author('ana')
      for (let i = 0; i < 60 && isInOffice(); i++) await nodes.makeEpochs(1, author, witness, [witness], 30_000)
      assert.not(isInOffice(), 'the twin is still in office')
      const treasury = decodeCell(treasuryCodec, witness.store.state.get(treasuryKey)!)
      assert.is(treasury, 50_000_000)
      assert.is(witness.ledger.head.validators.length, 3)
      await nodes.makeEpochs(2, author, witness, validators.slice(0, 3), 30_000)
    } finally {
      await nodes.stopAll()
    }
  },
  { deadlineMs: 120_000 },
)
