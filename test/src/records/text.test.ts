import * as assert from 'uvu/assert'
import { accountText } from '../../../consensus/account.ts'
import { type SignedMessage, signedMessageValue } from '../../../consensus/agreement/evidence.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { Cid } from '../../../consensus/cid.ts'
import { checkRecord } from '../../../consensus/records/registry.ts'
import { evidenceLine, recordText } from '../../../src/records/text.ts'
import { parseScenario } from '../../../src/scenario/parse.ts'
import { suite } from '../../harness.ts'
import { keyOf } from '../memory-ledger.ts'

const test = suite('records/text')
const batch = Cid.fromDigest(new Uint8Array(32).fill(1))
const account = keyOf('val').publicKey
const signature = new Uint8Array(64).fill(7)

const textOf = (value: Value) => recordText(checkRecord(value), batch)

test('stake and governance as an export prints them', () => {
  assert.equal(textOf({ kind: 'stake', validator: account, amount: 1_500_000 }), {
    validator: accountText(account),
    amount: '1.5',
  })
  assert.equal(textOf({ kind: 'proposal', changes: { burn: 5, minStake: 7 }, reason: 'r' }), {
    changes: { burn: 5, minStake: 7 },
    reason: 'r',
  })
  assert.equal(textOf({ kind: 'proposal', spend: { to: account, amount: 1 }, reason: 'r' }), {
    spend: { to: accountText(account), amount: '0.000001' },
    reason: 'r',
  })
  assert.equal(textOf({ kind: 'ballot', proposal: [null, 3], vote: 'no' }), { proposal: `${batch}/3`, vote: 'no' })
})

test('T12: the line in a node’s log is one that can be submitted, and comes out again in an export', () => {
  const vote = { epoch: 3, round: 1, signature }
  const first: SignedMessage = { ...vote, type: 'precommit', checkpoint: batch, validRound: -1 }
  const second: SignedMessage = { ...vote, type: 'proposal', checkpoint: batch, validRound: 0, content: account }
  const line = evidenceLine({ key: account, pair: [first, second] })
  const text = JSON.stringify(line)
  const context = { accountOf: (actor: string) => keyOf(actor).publicKey, soleActor: 'me' }
  const { draft } = parseScenario([{ name: 'log', text }], context).actions[0]!
  assert.equal(draft.first, decode(encode(signedMessageValue(first))))
  assert.equal(draft.second, decode(encode(signedMessageValue(second))))
  const { do: _, ...fields } = JSON.parse(text)
  assert.equal(textOf(draft as Value), fields)
})
