import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { SAMPLE_FILE, sampleScenario, toNdjson } from '../../scripts/sample-scenario.ts'
import { suite } from '../harness.ts'
import { judge } from './ledger-oracle.ts'
import { accountOf, play, type ScenarioLine } from './scenario.ts'

const EPOCHS_MAX = 16

const test = suite('oracle: the sample scenario')
const text = readFileSync(SAMPLE_FILE, 'utf8')
const lines: ScenarioLine[] = text
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line))
const played = play(lines)
const genesis = {
  accounts: played.funds,
  validators: [{ account: accountOf('validator'), stake: '100000', commission: 100_000 }],
}
const judgement = judge(genesis, played.records, played.epochs)

test('is what its generator writes', () => {
  assert.is(text, toNdjson(sampleScenario()))
})

test('every record is done or paid', () => {
  const labels = new Map([...played.refs].map(([label, ref]) => [ref, label]))
  const bad = [...judgement.outcomes].filter(([, { outcome }]) => outcome === 'failed' || outcome === 'unpaid')
  assert.equal(
    bad.map(([ref, judged]) => ({ label: labels.get(ref) ?? ref, ...judged })),
    [],
  )
})

test('is short enough to read and to play', () => {
  assert.ok(lines.length >= 300 && lines.length <= 350, `${lines.length} lines`)
  assert.ok(played.epochs <= EPOCHS_MAX, `${played.epochs} epochs`)
})

test('everybody whose work is used earns, and the refused contribution does not', () => {
  const makers = lines.filter(line => ['contribution', 'refinement', 'model', 'agent'].includes(line.do))
  const actors = new Set(makers.map(line => String(line.actor)))
  const unpaid = [...actors].filter(actor => (judgement.accounts.get(accountOf(actor))?.credit ?? 0n) === 0n)
  assert.equal(unpaid, ['nils'])
})

test('all that waited for an attribution before the second barrier was attributed', () => {
  const epoch = played.records.find(record => record.kind === 'attribution')?.epoch ?? 0
  const payout = judgement.payouts.get(epoch)?.get(accountOf('ana'))
  const source = played.refs.get('tomato-care')
  assert.ok(payout?.lines.some(line => line.role === 'origin' && line.source === source))
})
