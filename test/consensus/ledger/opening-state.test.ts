/** What many records of an epoch ask for is read and decoded once. */
import * as assert from 'uvu/assert'
import { type ByteKey, toKey, utf8 } from '../../../consensus/bytes.ts'
import { Cid } from '../../../consensus/cid.ts'
import { newGenesis } from '../../../consensus/genesis.ts'
import { type AssetCell, assetCellKey, assetCodec } from '../../../consensus/ledger/cells/asset.ts'
import { encodeCell } from '../../../consensus/ledger/cells/cell.ts'
import { contentCellKey, contentCodec } from '../../../consensus/ledger/cells/content.ts'
import { setsKey } from '../../../consensus/ledger/cells/global.ts'
import { proposalCellKey, proposalCodec } from '../../../consensus/ledger/cells/proposal.ts'
import { genesisState, genesisValidators } from '../../../consensus/ledger/genesis-state.ts'
import { reachMax } from '../../../consensus/ledger/inherited-reach.ts'
import { OpeningState } from '../../../consensus/ledger/opening-state.ts'
import { testnetParams } from '../../../consensus/params.ts'
import { type RefKey, refKey } from '../../../consensus/ref.ts'
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

function counted(models = 0) {
  const cells = new Map<ByteKey, Uint8Array>(genesisState(quickCrypto, genesis).state)
  const voters = genesisValidators(genesis)
  const proposal = { author, changes: { burn: 1 }, spend: null, voters, ends: 9, effect: null }
  cells.set(proposalCellKey(ref), encodeCell(proposalCodec, proposal))
  cells.set(contentCellKey(ref, content), encodeCell(contentCodec, [author]))
  for (let model = 0; model < models; model++) {
    cells.set(assetCellKey(modelRef(model)), encodeCell(assetCodec, modelThatReaches(names(model))))
  }
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

test('F3: a model is read and decoded once, and what it reaches is as it was written', () => {
  const { opening, reads } = counted(1)
  for (let i = 0; i < 3; i++) assert.equal(reachOf(opening, 0), names(0))
  assert.is(reads.get(assetCellKey(modelRef(0))), 1)
})

test('F3: what models reach is held up to a bound; beyond it the same comes from another read', () => {
  const count = 1_100
  const { opening, reads } = counted(count)
  const readsOf = () => Array.from({ length: count }, (_, model) => reads.get(assetCellKey(modelRef(model))))
  for (let i = 1; i <= 2; i++) {
    for (let model = 0; model < count; model++) assert.equal(reachOf(opening, model), names(model))
    assert.equal(readsOf(), new Array(count).fill(i))
  }
  // The rest of each cell is held: a kind, or a reach that is too long for its heir, takes no read.
  for (let model = 0; model < count; model++) {
    const cell = opening.asset(modelRef(model))
    assert.is(cell?.kind === 'model' && cell.reach.length, reachMax)
  }
  assert.equal(readsOf(), new Array(count).fill(2))
})

const batchNamed = (name: string) => Cid.of(quickCrypto, utf8(name))
const modelRef = (model: number) => refKey(batchNamed(`models ${model >> 10}`), model & 1_023)

/** As many as a model may reach, others for each. */
function names(model: number): RefKey[] {
  const batch = batchNamed(`data ${model}`)
  return Array.from({ length: reachMax }, (_, i) => refKey(batch, i))
}

const modelThatReaches = (reach: readonly RefKey[]): AssetCell => ({
  kind: 'model',
  owner: author,
  height: 1,
  bases: [],
  baseShare: 0,
  minBaseShare: 0,
  data: [],
  reach,
  attributor: null,
})

function reachOf(opening: OpeningState, model: number) {
  const cell = opening.asset(modelRef(model))
  return cell?.kind === 'model' ? [...cell.reach] : undefined
}
