import * as assert from 'uvu/assert'
import { sampleScenario } from '../../scripts/sample-scenario.ts'
import { suite } from '../harness.ts'
import { divide, formatOpen, parseOpen } from './amount.ts'
import { judge } from './ledger-oracle.ts'
import { accountOrder, refOrder, sortedBy } from './names.ts'
import type { RecordLine } from './records.ts'
import { accountOf, play } from './scenario.ts'

const test = suite('oracle: order')

/** Each epoch's authors the other way round, each author's records as they were. */
function authorsReversed(records: readonly RecordLine[]): RecordLine[] {
  const epochs = [...Map.groupBy(records, record => record.epoch).values()]
  return epochs.flatMap(epoch => [...Map.groupBy(epoch, record => record.author).values()].reverse().flat())
}

const validators = ['v1', 'v2', 'v3'].map(actor => ({ account: accountOf(actor), stake: '1000', commission: 100_000 }))

test('E1: the order between authors changes nothing', () => {
  const played = play(sampleScenario())
  const genesis = { accounts: played.funds, validators }
  const forth = judge(genesis, played.records, played.epochs)
  const back = judge(genesis, authorsReversed(played.records), played.epochs)
  assert.equal(back, forth)
})

test('E1: in one epoch only its author sees what is new', () => {
  const { records } = play([
    { actor: 'ana', do: 'datanet', as: 'net', name: 'net' },
    { actor: 'ana', do: 'contribution', as: 'own', datanet: '@net', content: { text: 'own' } },
    { actor: 'bo', do: 'contribution', as: 'other', datanet: '@net', content: { text: 'other' } },
  ])
  const atOnce = records.map(record => ({ ...record, epoch: 1 }))
  const { outcomes } = judge({ accounts: {}, validators }, atOnce, 1)
  assert.equal(
    [...outcomes.values()].map(({ outcome }) => outcome),
    ['done', 'done', 'failed'],
  )
})

test('refs sort by digest, then by index as a number; accounts by key bytes', () => {
  const { records } = play(Array.from({ length: 12 }, (_, i) => ({ actor: 'ana', do: 'datanet', name: `${i}` })))
  const refs = records.map(record => record.ref)
  assert.equal(sortedBy(refs.toReversed(), refOrder), refs)
  assert.is(accountOrder('did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp').length, 68)
  assert.throws(() => accountOrder('did:web:example.org'))
})

test('E3: parts lie between prefixes rounded down', () => {
  assert.equal(divide(1n, [3n, 7n]), [0n, 1n])
  assert.equal(divide(10n, [1n, 1n, 1n]), [3n, 3n, 4n])
  assert.equal(divide(7n, [0n, 5n, 0n]), [0n, 7n, 0n])
  assert.throws(() => divide(1n, [0n]))
})

test('amounts are exact decimals', () => {
  assert.is(parseOpen('0.001012'), 1012n)
  assert.is(formatOpen(1_500_000n), '1.5')
  assert.is(formatOpen(20n), '0.00002')
  for (const wrong of ['', '.5', '1.', '01', '1e3', '-1', '0.0000001']) assert.throws(() => parseOpen(wrong), wrong)
})
