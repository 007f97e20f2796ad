import { createHash } from 'node:crypto'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { accountText } from '../../../consensus/account.ts'
import { Cid, codecRaw } from '../../../consensus/cid.ts'
import type { LedgerError } from '../../../consensus/errors.ts'
import { kindNames } from '../../../consensus/records/registry.ts'
import { refText } from '../../../consensus/ref.ts'
import { recordForms } from '../../../src/records/form.ts'
import { ActionRef, EpochsAhead } from '../../../src/scenario/draft.ts'
import { parseShare } from '../../../src/scenario/field.ts'
import { type ParseContext, parseScenario } from '../../../src/scenario/parse.ts'
import { ScenarioError } from '../../../src/scenario/scenario-error.ts'
import { suite } from '../../harness.ts'
import { keyOf } from '../memory-ledger.ts'

const test = suite('scenario/parse')

const context: ParseContext = { accountOf: actor => keyOf(actor).publicKey }
const read = (text: string, more: Partial<ParseContext> = {}) =>
  parseScenario([{ name: 'a.ndjson', text }], { ...context, ...more })
const readLines = (...lines: object[]) => read(lines.map(line => JSON.stringify(line)).join('\n'))

/** Lines 1 to 5, on which others build. */
const start = [
  { actor: 'ana', do: 'datanet', as: 'net', name: 'net' },
  { actor: 'bo', do: 'contribution', as: 'c', datanet: '@net', content: { text: 'x' } },
  { actor: 'bo', do: 'contribution', as: 'd', datanet: '@net', content: { text: 'y' } },
  { actor: 'di', do: 'model', as: 'm', name: 'm', price: { in: '0.002', out: '0.006' } },
  { actor: 'uma', do: 'session', as: 's', payee: '@@eve', deposit: '10' },
]

/** The refusal of one line after the start. */
function refusal(line: object | string): ScenarioError {
  const text = [
    ...start.map(each => JSON.stringify(each)),
    typeof line === 'string' ? line : JSON.stringify(line),
  ].join('\n')
  try {
    read(text)
  } catch (error) {
    if (error instanceof ScenarioError) return error
    throw error
  }
  throw new Error(`not refused: ${text}`)
}

const refinement = { actor: 'cy', do: 'refinement', datanet: '@net', content: { text: 'z' } }
const inference = { actor: 'eve', do: 'inference', session: '@s', model: '@m', tokensIn: 1, tokensOut: 2, fee: '1' }
const sha = 'ab'.repeat(32)

const wrong: readonly (readonly [what: string, line: object | string, field: string, message: RegExp])[] = [
  ['no JSON', '{"actor"', 'line', /a JSON object/],
  ['a list', '[1]', 'line', /a JSON object/],
  ['no kind', { actor: 'a' }, 'do', /one of transfer,.*fund, wait, got nothing/],
  ['an unknown kind', { actor: 'a', do: 'mint' }, 'do', /got "mint"/],
  ['a kind that objects have by birth', { actor: 'a', do: 'constructor' }, 'do', /got "constructor"/],
  ['no actor', { do: 'fund', amount: '1' }, 'actor', /a name/],
  ['an actor with a sigil', { actor: '@a', do: 'fund', amount: '1' }, 'actor', /doesn't begin with @/],
  ['a number as actor', { actor: 5, do: 'fund', amount: '1' }, 'actor', /a name/],
  ['a fund without amount', { actor: 'a', do: 'fund' }, 'amount', /got nothing/],
  ['a fund with more', { actor: 'a', do: 'fund', amount: '1', as: 'x' }, 'as', /no such field/],
  ['a fund above the supply', { actor: 'a', do: 'fund', amount: '1000000001' }, 'amount', /at most 1000000000/],
  ['a wait with more', { actor: 'a', do: 'wait', epochs: 3 }, 'epochs', /no such field/],
  ['an unknown field', { ...inference, tokens: 1 }, 'tokens', /only session, model/],
  ['a field that objects have by birth', { ...inference, valueOf: 1 }, 'valueOf', /no such field/],
  ['a label taken', { actor: 'a', do: 'datanet', as: 'net', name: 'n' }, 'as', /no earlier line has/],
  ['a label that is no text', { actor: 'a', do: 'datanet', as: 7, name: 'n' }, 'as', /a name/],
  ['an unknown label', { ...inference, model: '@later' }, 'model', /label of an earlier line, got "@later"/],
  ['its own label', { ...inference, as: 'own', uses: [['@own', 1]] }, 'uses[0][0]', /earlier line/],
  ['an account as a ref', { ...inference, model: '@@di' }, 'model', /is an account/],
  ['a ref as an account', { actor: 'a', do: 'transfer', to: '@net', amount: '1' }, 'to', /an account like did:key/],
  ['a ref within a batch', { ...inference, model: './0' }, 'model', /@LABEL or <cid>/],
  ['a ref that is no text', { ...inference, model: 4 }, 'model', /@LABEL/],
  ['an account that is no text', { actor: 'a', do: 'transfer', to: 4, amount: '1' }, 'to', /@@NAME/],
  ['an empty name', { actor: 'a', do: 'transfer', to: '@@', amount: '1' }, 'to', /a name/],
  ['an amount as a number', { ...inference, fee: 1 }, 'fee', /decimal text/],
  ['an amount too exact', { ...inference, fee: '0.0000001' }, 'fee', /6 decimals/],
  ['a fee of nothing', { ...inference, fee: '0' }, 'fee', /from 1 to/],
  ['a count as text', { ...inference, tokensIn: '1' }, 'tokensIn', /an integer/],
  ['a negative count', { ...inference, tokensIn: -1 }, 'tokensIn', /from 0 to/],
  ['a missing field', { actor: 'a', do: 'datanet' }, 'name', /got nothing/],
  ['a share above all', { actor: 'a', do: 'datanet', name: 'n', ownerShare: 1.1 }, 'ownerShare', /from 0 to 1/],
  ['a share too exact', { actor: 'a', do: 'datanet', name: 'n', ownerShare: 0.1234567 }, 'ownerShare', /6 decimals/],
  ['a share as text', { actor: 'a', do: 'datanet', name: 'n', ownerShare: '0.1' }, 'ownerShare', /from 0 to 1/],
  ['a wrong choice', { actor: 'a', do: 'datanet', name: 'n', admission: 'closed' }, 'admission', /open or reviewed/],
  [
    'reviewers of an open datanet',
    { actor: 'a', do: 'datanet', name: 'n', reviewers: ['@@b'] },
    'reviewers',
    /no reviewers/,
  ],
  ['no list', { actor: 'a', do: 'reviewers', datanet: '@net', reviewers: '@@b' }, 'reviewers', /a list/],
  ['weights below one', { ...refinement, parents: [['@c', 0.5]] }, 'parents', /sum to 1, got 0.5/],
  ['weights that are no pairs', { ...refinement, parents: ['@c'] }, 'parents[0]', /\[@LABEL, weight\]/],
  [
    'one ref twice',
    {
      ...refinement,
      parents: [
        ['@c', 0.5],
        ['@c', 0.5],
      ],
    },
    'parents',
    /distinct refs/,
  ],
  [
    'a parent too light',
    {
      ...refinement,
      parents: [
        ['@c', 0.99],
        ['@d', 0.01],
      ],
    },
    'parents[1][1]',
    /15625/,
  ],
  [
    'a weight of nothing',
    {
      ...inference,
      uses: [
        ['@c', 1],
        ['@d', 0],
      ],
    },
    'uses[1][1]',
    /from 1 to/,
  ],
  ['no price', { actor: 'a', do: 'model', name: 'm' }, 'price', /got nothing/],
  ['a price as text', { actor: 'a', do: 'model', name: 'm', price: '1' }, 'price', /in OPEN per 1,000/],
  ['half a price', { actor: 'a', do: 'model', name: 'm', price: { in: '1' } }, 'price.out', /decimal text/],
  [
    'a price with more',
    { actor: 'a', do: 'model', name: 'm', price: { in: '1', out: '1', cached: '1' } },
    'price.cached',
    /no such/,
  ],
  ['no content', { actor: 'a', do: 'contribution', datanet: '@net' }, 'content', /got nothing/],
  ['content as text', { actor: 'a', do: 'contribution', datanet: '@net', content: 'x' }, 'content', /\{"text"/],
  ['content twice', { ...refinement, content: { text: 'x', sha256: sha } }, 'content', /or \{"sha256"/],
  ['content with more', { ...refinement, content: { text: 'x', url: 'y' } }, 'content.url', /no such field/],
  ['a hash too short', { ...refinement, content: { sha256: 'ab', size: 1 } }, 'content.sha256', /32 bytes in hex/],
  ['a hash without size', { ...refinement, content: { sha256: sha } }, 'content.size', /a number of bytes/],
  ['a size of half a byte', { ...refinement, content: { sha256: sha, size: 0.5 } }, 'size', /an integer/],
  ['a size beside the content', { ...refinement, size: 5 }, 'size', /no such field/],
  ['content where none belongs', { ...inference, content: { text: 'x' } }, 'content', /no such field/],
  ['half a character', '{"actor":"a","do":"datanet","name":"\\ud800"}', 'name', /text/],
  [
    'half a character as content',
    '{"actor":"a","do":"contribution","datanet":"@net","content":{"text":"\\ud800"}}',
    'content.text',
    /lone/,
  ],
  ['a hash that is no hex', { ...inference, request: 'xyz' }, 'request', /in hex/],
  ['a hash of 2 bytes', { ...inference, request: 'abab' }, 'request', /32 bytes/],
  ['a CID that is none', { actor: 'a', do: 'datanet', name: 'n', terms: 'bafy' }, 'terms', /a CID/],
  ['a voucher of nobody', { actor: 'a', do: 'voucher', session: '@net', total: '1' }, 'signature', /payer's signature/],
]

for (const [what, line, field, message] of wrong) {
  test(`refused with its place: ${what}`, () => {
    const error = refusal(line)
    assert.is(error.facts.field, field)
    assert.match(error.message, message)
    assert.ok(error.message.startsWith(`a.ndjson:6: ${field}: expected `), error.message)
    assert.equal([error.facts.file, error.facts.line, error.code], ['a.ndjson', 6, 'scenario'])
  })
}

test('a session whose payee is nobody in the scenario has no one to submit its voucher', () => {
  const payee = accountText(keyOf('stranger').publicKey)
  const session = { actor: 'uma', do: 'session', as: 's', payee, deposit: '1' }
  assert.throws(
    () => readLines(session, { actor: 'uma', do: 'voucher', session: '@s', total: '1' }),
    (error: LedgerError) => /a\.ndjson:2: session: /.test(error.message),
  )
})

test('several files are one, each with its own line numbers; blank lines count', () => {
  const files = [
    { name: 'one', text: '\n{"actor":"a","do":"datanet","as":"n","name":"n"}\r\n' },
    { name: 'two', text: '{"actor":"b","do":"contribution","datanet":"@n","content":{"text":""}}\n\n{}' },
  ]
  assert.throws(
    () => parseScenario(files, context),
    (error: LedgerError) => error.message.startsWith('two:3: do: '),
  )
})

test('defaults: what a line may leave out', () => {
  const { actions } = readLines(
    ...start,
    inference,
    { actor: 'ag', do: 'agent', as: 'ag', name: 'ag', models: [['@m', 1]] },
    {
      actor: 'eve',
      do: 'action',
      session: '@s',
      agent: '@ag',
      fee: '1',
    },
  )
  const [net, , , model, session, billed, agent, action] = actions.map(each => each.draft)
  assert.equal(
    [net!.admission, net!.reviewers, net!.ownerShare, net!.originShare, net!.refinerShare],
    ['open', [], 0, 300_000, 300_000],
  )
  assert.equal([model!.baseShare, model!.minBaseShare, agent!.baseShare], [0, 0, 0])
  assert.equal(session!.expires, new EpochsAhead(100_000))
  assert.is((billed!.request as Uint8Array).length, 32)
  assert.not.equal(billed!.request, billed!.response)
  assert.is((action!.result as Uint8Array).length, 32)
  assert.equal(action!.calls, [])
})

test('content: text is hashed as it stands, a hash is taken as it is', () => {
  const text = 'tar: entpacken – ü'
  const digest = createHash('sha256').update(text).digest()
  const { actions } = readLines(
    { actor: 'ana', do: 'datanet', as: 'net', name: 'net' },
    { actor: 'bo', do: 'contribution', datanet: '@net', content: { text } },
    {
      actor: 'bo',
      do: 'contribution',
      datanet: '@net',
      media: 'image/png',
      content: { sha256: digest.toString('hex'), size: 9 },
    },
  )
  const cid = Cid.fromDigest(new Uint8Array(digest), codecRaw).toString()
  const [, byText, byHash] = actions.map(({ draft }) => [String(draft.content), draft.size, draft.media])
  assert.equal(byText, [cid, Buffer.byteLength(text), 'text/plain'])
  assert.equal(byHash, [cid, 9, 'image/png'])
})

test('a record waits for what others made, for sessions and for used data, not for its own', () => {
  const { actions } = readLines(
    ...start,
    { actor: 'ana', do: 'contribution', as: 'own', datanet: '@net', content: { text: 'o' } },
    {
      ...refinement,
      parents: [
        ['@c', 0.5],
        ['@own', 0.5],
      ],
    },
    { ...inference, uses: [['@c', 1]] },
    { actor: 'uma', do: 'close', session: '@s' },
  )
  assert.equal(
    actions.slice(5).map(({ after }) => after),
    [[], [0, 1, 5], [4, 3, 1], [4]],
  )
})

test('stake waits for the record that makes a validator of somebody else', () => {
  const own = { actor: 'val', do: 'stake', validator: '@@val', amount: '1' }
  const { actions } = read(
    [
      { actor: 'val', do: 'validator' },
      own,
      { ...own, actor: 'uma' },
      { ...own, actor: 'uma', do: 'unstake' },
      { ...own, actor: 'uma', validator: '@@other' },
    ]
      .map(line => JSON.stringify(line))
      .join('\n'),
    { voteKeyOf: actor => keyOf(`vote ${actor}`).publicKey },
  )
  assert.equal(
    actions.map(({ after }) => after),
    [[], [], [0], [], []],
  )
  const { key, commission, name } = actions[0]!.draft
  assert.equal({ key, commission, name }, { key: keyOf('vote val').publicKey, commission: 0, name: 'val' })
})

test('a validator line brings key and possession where the vote key is not known', () => {
  const line = { actor: 'val', do: 'validator' }
  assert.match(refusal(line).message, /possession: expected the vote key's signature.*--vote-key FILE/)
  const key = Buffer.from(keyOf('vote').publicKey).toString('hex')
  const { actions } = readLines({ ...line, key, possession: '07'.repeat(64) })
  assert.equal(actions[0]!.draft.possession, new Uint8Array(64).fill(7))
  assert.match(refusal({ ...line, key }).message, /possession/)
})

test('parameters in their own units, what the treasury pays in OPEN, messages as they are exported', () => {
  const message = { type: 'prevote', epoch: 2, round: 1, validRound: -1, signature: '01'.repeat(64) }
  const key = Buffer.from(keyOf('vote').publicKey).toString('hex')
  const { actions } = readLines(
    { actor: 'val', do: 'proposal', as: 'p', changes: { originFloor: 350_000 }, reason: 'r' },
    { actor: 'val', do: 'proposal', spend: { to: '@@zoe', amount: '0.5' }, reason: 'r' },
    { actor: 'val', do: 'ballot', proposal: '@p', vote: 'yes' },
    {
      actor: 'uma',
      do: 'evidence',
      key,
      first: { ...message, checkpoint: null },
      second: { ...message, checkpoint: Cid.fromDigest(new Uint8Array(32)).toString() },
    },
  )
  const [changes, spend, ballot, evidence] = actions.map(({ draft }) => draft)
  assert.equal(changes!.changes, { originFloor: 350_000 })
  assert.equal(spend!.spend, { to: keyOf('zoe').publicKey, amount: 500_000 })
  assert.equal(ballot!.proposal, new ActionRef(0))
  const signature = new Uint8Array(64).fill(1)
  assert.equal(evidence!.first, { type: 1, epoch: 2, round: 1, checkpoint: null, validRound: -1, signature })
  const bad = { actor: 'uma', do: 'evidence', key, first: { ...message, type: 'vote' }, second: {} }
  assert.match(refusal(bad).message, /first.type: expected proposal or prevote or precommit/)
})

test('vouchers are left to the runner unless the file has some for that session', () => {
  const other = { actor: 'uma', do: 'session', as: 't', payee: '@@eve', deposit: '10' }
  const { actions, sessions } = readLines(
    ...start,
    other,
    inference,
    { ...inference, session: '@t' },
    {
      actor: 'uma',
      do: 'voucher',
      session: '@t',
      total: '1',
    },
  )
  assert.equal(actions[6]!.bill, { session: 4, fee: 1_000_000 })
  assert.is(actions[7]!.bill, undefined)
  assert.equal([...sessions], [[4, { payer: 'uma', deposit: 10_000_000 }]])
  assert.is(actions[8]!.author, 'eve')
})

test('one key for all lines: no other actor, no genesis, labels of the ledger', () => {
  const known = new Map([['net', [Cid.fromDigest(new Uint8Array(32)), 3] as const]])
  const line = '{"do":"contribution","datanet":"@net","content":{"text":"x"}}'
  const { actions } = read(line, { soleActor: 'me', known })
  assert.equal(actions[0]!.after, [])
  assert.is(refText(actions[0]!.draft.datanet as never), refText(known.get('net')!))
  assert.throws(
    () => read('{"actor":"you","do":"transfer"}', { soleActor: 'me' }),
    /actor: expected me, whose key signs/,
  )
  assert.throws(() => read('{"do":"fund","amount":"1"}', { soleActor: 'me' }), /genesis is made already/)
})

test('every ppm comes back from its decimal; a billionth off is too much', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), ppm => {
      assert.is(parseShare(ppm / 1e6, 's'), ppm)
      assert.is(parseShare(Number((ppm / 1e6).toFixed(6)), 's'), ppm)
      if (ppm < 1_000_000) assert.throws(() => parseShare(ppm / 1e6 + 2e-9, 's'))
    }),
    { numRuns: 1000 },
  )
})

test('the table of fields knows every kind', () => {
  assert.equal(Object.keys(recordForms).sort(), [...kindNames].sort())
})

test('refs stand as holes until their batch is written', () => {
  const { actions, labels } = readLines(...start, inference)
  assert.equal(actions[5]!.draft.model, new ActionRef(3))
  assert.is(labels.get('m'), 3)
})
