import * as assert from 'uvu/assert'
import { type ByteKey, utf8 } from '../../../consensus/bytes.ts'
import { InvariantError } from '../../../consensus/errors.ts'
import { suite } from '../../harness.ts'
import { begunStore, sampleEpoch } from './sample.ts'

const test = suite('store/view')

const due: [ByteKey, Uint8Array][] = [1, 2, 3].map(n => [`d${n}`, utf8('due')])

test('a view shows the state of its moment, whatever is committed later', async () => {
  const store = await begunStore()
  await store.commitEpoch(sampleEpoch(1, { state: [...due, ['e', utf8('one')]], pages: [['p', utf8('page one')]] }))
  const view = await store.view({ whole: ['d'] })
  await store.commitEpoch(
    sampleEpoch(2, {
      state: [
        ['d1', null],
        ['d4', utf8('due')],
        ['e', utf8('two')],
      ],
      pages: [['p', null]],
    }),
  )
  assert.is(view.head?.epoch, 1)
  assert.equal(view.state.get('e'), utf8('one'))
  assert.equal(view.state.get('d1'), utf8('due'))
  assert.is(view.state.get('d4'), undefined)
  assert.equal(view.pages.get('p'), utf8('page one'))
  assert.equal([...view.state.keysFrom('d')], ['d1', 'd2', 'd3'])
  await view.close()

  const next = await store.view({ whole: ['d', 'none'] })
  assert.is(next.head?.epoch, 2)
  assert.equal(next.state.get('e'), utf8('two'))
  assert.is(next.pages.get('p'), undefined)
  assert.equal([...next.state.keysFrom('d')], ['d2', 'd3', 'd4'])
  assert.equal([...next.state.keysFrom('none')], [])
  await next.close()
  await store.close()
})

test('T2: keys that were not read ahead are no empty list but a bug', async () => {
  const store = await begunStore()
  const view = await store.view({ whole: ['d'] })
  assert.throws(
    () => view.state.keysFrom('x'),
    (error: unknown) => error instanceof InvariantError && error.facts.prefix === 'x',
  )
  await view.close()
  await store.close()
})

test('of prefixes in a row as many keys are read as there is room for', async () => {
  const store = await begunStore()
  await store.commitEpoch(sampleEpoch(1, { state: [...due, ['e1', utf8('one')], ['f1', utf8('one')]] }))
  const view = await store.view({ first: { prefixes: ['c', 'd', 'e', 'f'], countMax: 4 } })
  const lists = ['c', 'd', 'e'].map(prefix => [...view.state.keysFrom(prefix)])
  assert.equal(lists, [[], ['d1', 'd2', 'd3'], ['e1']])
  assert.throws(() => view.state.keysFrom('f'), /read ahead/)
  const fewer = await store.view({ first: { prefixes: ['d', 'e'], countMax: 2 } })
  assert.equal([...fewer.state.keysFrom('d')], ['d1', 'd2'])
  await store.close()
})

test('a store with an open view closes', async () => {
  const store = await begunStore()
  await store.view({ whole: ['d'] })
  await store.close()
})
