import * as assert from 'uvu/assert'
import { withTilde } from '../../src/tilde.ts'
import { suite } from '../harness.ts'

const test = suite('tilde')
const home = '/var/people/ana.b'

test('the home folder and what lies in it is shown as ~, wherever it stands in a text', () => {
  assert.is(withTilde(`${home}: no key in ${home}/node/keys`, home), '~: no key in ~/node/keys')
  assert.is(withTilde(`open '${home}'`, home), "open '~'")
})

test('another folder whose name begins alike is not', () => {
  for (const other of [`${home}ela/node`, `${home}.old/node`, '/var/people/anaxb/node'])
    assert.is(withTilde(other, home), other)
})

test('where there is no home, a text is left alone', () => {
  for (const none of ['', '/']) assert.is(withTilde('/data/node', none), '/data/node')
})
