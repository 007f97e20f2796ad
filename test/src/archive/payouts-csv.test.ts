import * as assert from 'uvu/assert'
import { payoutsCsv } from '../../../src/archive/payouts-csv.ts'
import { suite } from '../../harness.ts'

const test = suite('archive/payouts-csv')

async function* payouts() {
  const lines = [
    { role: 'origin', source: 'bafy/0', amount: '0.5' },
    { role: 'executor', source: 'bafy/1', amount: '1' },
  ]
  yield { epoch: 3, account: 'did:key:z6Mk', amount: '1.5', label: 'an, "odd" name', lines }
  yield { epoch: 4, account: 'did:key:z6Mj', amount: '1', label: '=1+1', lines: lines.slice(1) }
  yield { epoch: 4, account: 'did:key:z6Mi', amount: '0', lines: [] }
}

test('a row for each credit line, quoted where a name asks for it, and never a formula', async () => {
  let text = ''
  for await (const chunk of payoutsCsv(payouts())) text += chunk
  assert.equal(text.split('\r\n'), [
    'epoch,account,label,role,source,amount',
    '3,did:key:z6Mk,"an, ""odd"" name",origin,bafy/0,0.5',
    '3,did:key:z6Mk,"an, ""odd"" name",executor,bafy/1,1',
    "4,did:key:z6Mj,'=1+1,executor,bafy/1,1",
    '',
  ])
})
