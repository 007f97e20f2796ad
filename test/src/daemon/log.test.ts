import * as assert from 'uvu/assert'
import { InvariantError, LedgerError } from '../../../consensus/errors.ts'
import { errorText, prettyLine } from '../../../src/daemon/log.ts'
import { suite } from '../../harness.ts'

const test = suite('daemon/log')

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of.
const plain = (line: string) => line.replaceAll(/\u001b\[\d+m/g, '')

test('a line for people has the time of day, the level and the facts, without the node', () => {
  const line = JSON.stringify({
    level: 40,
    time: '2026-01-02T03:04:05.678Z',
    node: 'abcdefgh',
    epoch: 7,
    msg: 'so it is',
  })
  assert.is(plain(prettyLine(line)), '03:04:05 warn  so it is epoch=7\n')
})

test('an error that was passed as it is keeps what it says', () => {
  assert.is(errorText(new LedgerError('full', 'too much')), 'too much')
  assert.match(errorText(new TypeError('not a function')) as string, /TypeError: not a function\n +at /)
  assert.match(errorText(new InvariantError('E2', 'money is lost')) as string, /money is lost\n +at /)
  assert.is(errorText('a text'), 'a text')
})
