/** What many records of an epoch ask for is read and decoded once. */
import * as assert from 'uvu/assert'
import { type ByteKey, toKey, utf8 } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { encodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { contentCellKey, contentCodec } from '../../../consensus/ledger/cells/content.ts'
import { setsKey } from '../../../consensus/ledger/cells/global.ts'
import { proposalCellKey, proposalCodec } from '../../../consensus/ledger/cells/proposal.ts'
import { genesisState, genesisValidators } from '../../../consensus/ledger/genesis-state.ts'
import { OpeningState } from '../../../consensus/ledger/opening-state.ts'
import { testnetParams } from '../../../consensus/params.ts'
import { refKey } from '../../../consensus/ref.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/opening-state')

const author = toKey(quickKey('val').publicKey)
const genesis = newGenesis({
  name: 'opening',
  time: 0,
  params: testnetParams,
  accounts: [],
  validators: [{ account: author, key: quickKey('vote').publicKey, stake: 1, commission: 0, name: 'val' }],
})
const content = Cid.of(quickCrypto, utf8('poem'))
const ref = refKey(content, 0)

function counted() {
  const cells = new Map<ByteKey, Uint8Array>(genesisState(quickCrypto, genesis).state)
  const voters = genesisValidators(genesis)
  const proposal = { author, changes: { burn: 1 }, spend: null, voters, ends: 9, effect: null }
  cells.set(proposalCellKey(ref), encodeCell(proposalCodec, proposal))
  cells.set(contentCellKey(ref, content), encodeCell(contentCodec, [author]))
  const reads = new Map<ByteKey, number>()
  const get = (key: ByteKey) => {
    reads.set(key, (reads.get(key) ?? 0) + 1)
    return cells.get(key)
  }
  return { opening: new OpeningState({ get, keysFrom: () => [] }), reads }
}

test('a validator set, a proposal with its voters, and who brought a content', () => {
  const { opening, reads } = counted()
  for (let i = 0; i < 3; i++) {
    assert.is(opening.sets().current.length, 1)
    assert.is(opening.proposal(ref)?.voters.length, 1)
    assert.equal([...opening.content(ref, content)!], [author])
  }
  const keys = [setsKey, proposalCellKey(ref), contentCellKey(ref, content)]
  assert.equal(
    keys.map(key => reads.get(key)),
    [1, 1, 1],
  )
})

test('what isn’t there is asked for once as well', () => {
  const { opening, reads } = counted()
  const other = refKey(content, 1)
  for (let i = 0; i < 3; i++) {
    assert.is(opening.proposal(other), undefined)
    assert.is(opening.content(other, content), undefined)
  }
  assert.equal([...reads.values()], [1, 1])
})
