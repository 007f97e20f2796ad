/** E4, where epochs are too many to play: what the cells of sessions say. */
import * as assert from 'uvu/assert'
import { type SessionCell, sessionCellKey, sessionCodec } from '../../../consensus/ledger/cells/session.ts'
import { playVector } from '../../fixtures/ledger-vector.ts'
import { suite } from '../../harness.ts'

const test = suite('ledger/sessions')

type Line = { readonly do: string; readonly [field: string]: unknown }

const validators = [{ actor: 'val', stake: '1000', commission: 0 }]
const wait: Line = { do: 'wait' }
const session = { actor: 'uma', do: 'session', as: 's', payee: '@@eve', deposit: '10' }
const close = { actor: 'uma', do: 'close', session: '@s' }

function play(...lines: Line[]): { cell: SessionCell | undefined; ends: string[]; outcomes: string[] } {
  const fund: Line = { actor: 'uma', do: 'fund', amount: '100' }
  const expect = { credit: {}, treasury: '0', waiting: '0' }
  const { ledger, outcomes } = playVector({ name: 'session', lines: [fund, ...lines], expect }, validators)
  const [found] = ledger.cells(sessionCodec, sessionCellKey(''))
  const ends = [...ledger.state.keys()].filter(key => key[0] === 'd')
  return { cell: found?.[1], ends, outcomes: outcomes.map(({ outcome }) => outcome) }
}

test('E4: a payer shortens a session to 360 epochs from then, also in its own epoch', () => {
  const later = play(session, wait, close)
  assert.is(later.cell?.expires, 2 + 360)
  assert.is(later.ends.length, 1)
  const atOnce = play(session, close)
  assert.equal(atOnce.outcomes, ['done', 'done'])
  assert.is(atOnce.cell?.expires, 1 + 360)
  assert.is(atOnce.ends.length, 1)
})

test('E4: closing again neither prolongs nor shortens', () => {
  assert.is(play(session, wait, close, wait, wait, close).cell?.expires, 2 + 360)
  assert.is(play(session, wait, close, close).cell?.expires, 2 + 360)
  assert.is(play({ ...session, expires: 100 }, close, wait, close).cell?.expires, 100)
})

test('E4: who pays itself closes as the payee, but in the session’s own epoch as the payer', () => {
  const own = { ...session, payee: '@@uma' }
  assert.is(play(own, wait, close).cell, undefined)
  assert.is(play(own, close).cell?.expires, 1 + 360)
})
