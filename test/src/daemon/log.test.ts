import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { InvariantError, LedgerError } from '../../../consensus/errors.ts'
import { errorText, prettyLine } from '../../../src/daemon/log.ts'
import { suite } from '../../harness.ts'

const test = suite('daemon/log')
const time = '2027-03-01T12:34:56.789Z'
/** Without the colours that a terminal may get. */
const shown = (facts: object) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
  prettyLine(JSON.stringify({ time, ...facts })).replaceAll(/\u001b\[\d+m/g, '')

test('a line for people: time of day, level, message, facts', () => {
  assert.is(
    shown({ level: 30, msg: 'an epoch is final', epoch: 7, peers: ['a'] }),
    '12:34:56 info  an epoch is final epoch=7 peers=["a"]\n',
  )
  assert.is(
    shown({ level: 50, msg: 'the node stops', code: 'disk-full' }),
    '12:34:56 error the node stops code=disk-full\n',
  )
})

test('what takes several lines stands below', () => {
  assert.is(
    shown({ level: 40, msg: 'it failed', error: 'Error: no\n    at f (x.ts:1:1)', epoch: 2 }),
    '12:34:56 warn  it failed \n  Error: no\n      at f (x.ts:1:1) epoch=2\n',
  )
})

test('which node it is stands in the lines for machines only', () => {
  assert.is(shown({ level: 30, node: 'abcdefgh', epoch: 7, msg: 'so it is' }), '12:34:56 info  so it is epoch=7\n')
})

test('an error that was passed as it is keeps what it says', () => {
  assert.is(errorText(new LedgerError('full', 'too much')), 'too much')
  assert.match(errorText(new TypeError('not a function')) as string, /TypeError: not a function\n +at /)
  assert.match(errorText(new InvariantError('E2', 'money is lost')) as string, /money is lost\n +at /)
  assert.is(errorText('a text'), 'a text')
})

/** Logs where standard error is full already, and says so; more than what lies between it and its reader can hold. */
const logging = (format: string) => `
  import { writeSync } from 'node:fs'
  import { standardErrorLog } from ${JSON.stringify(new URL('../../../src/daemon/log.ts', import.meta.url).href)}
  process.stderr
  try {
    for (;;) writeSync(2, '.'.repeat(1_000))
  } catch ({ code }) {
    writeSync(1, code)
  }
  const log = standardErrorLog({ level: 'info', format: '${format}', node: 'abcdefgh' })
  for (let epoch = 1; epoch <= 9; epoch++) log.info({ epoch, peers: 'x'.repeat(100_000) }, 'an epoch is final')`

for (const format of ['pretty', 'json']) {
  test(`a reader that is slow gets every line in the end: ${format}`, async () => {
    const args = ['--input-type=module', '--eval', logging(format)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: {} })
    const closed = once(child, 'close')
    const [full] = await once(child.stdout, 'data')
    assert.is(String(full), 'EAGAIN')
    await sleep(100)
    let told = ''
    for await (const chunk of child.stderr) told += chunk
    assert.equal(await closed, [0, null], told.slice(-500))
    const epochs = Array.from(told.matchAll(/epoch"?[=:](\d).*\n/g), ([, epoch]) => Number(epoch))
    assert.equal(epochs, [1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
}
