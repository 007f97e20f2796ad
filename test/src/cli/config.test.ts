import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { openledger } from './program.ts'

interface Printed {
  readonly data: { readonly settings: { readonly log: unknown; readonly genesis: unknown } }
}

const test = suite('cli/config')
const folder = tempFolder()
const file = join(folder, 'config.json')
writeFileSync(file, JSON.stringify({ data: '.', log: 'warn', passwordFile: 'secret' }))
writeFileSync(join(folder, 'secret'), 'swordfish\n')

test('config print: every value, and with --origin where it comes from', async () => {
  const args = ['config', 'print', '--config', file, '--listen', '/ip4/127.0.0.1/tcp/1', '/ip4/127.0.0.1/tcp/2']
  const plain = await openledger(args)
  assert.match(plain.stdout, /^setting +value\n/)
  assert.match(plain.stdout, /^log +warn$/m)
  const told = await openledger([...args, '--origin'])
  assert.match(told.stdout, new RegExp(`^log +warn +file ${file}$`, 'm'))
  assert.match(told.stdout, /^listen +\/ip4\/127.0.0.1\/tcp\/1 \/ip4\/127.0.0.1\/tcp\/2 +flag --listen$/m)
  assert.match(told.stdout, /^genesis +- +default$/m)
  const { data } = (await openledger([...args, '--origin', '--json'])).json() as unknown as Printed
  assert.equal(data.settings.log, { value: 'warn', origin: { from: 'file', name: file } })
  const { data: short } = (await openledger([...args, '--json'])).json() as unknown as Printed
  assert.equal([short.settings.log, short.settings.genesis], ['warn', null])
})

test('config print never shows a password, only what it would be taken from', async () => {
  for (const more of [[], ['--origin'], ['--json'], ['--origin', '--json']]) {
    const inFile = await openledger(['config', 'print', '--config', file, ...more], 'mackerel')
    assert.not.match(inFile.stdout + inFile.stderr, /swordfish|mackerel/)
    const inEnvironment = await openledger(['config', 'print', ...more], 'mackerel')
    assert.not.match(inEnvironment.stdout + inEnvironment.stderr, /mackerel/)
  }
  assert.match(
    (await openledger(['config', 'print', '--origin'], 'mackerel')).stdout,
    /given, not shown +OPENLEDGER_PASSWORD/,
  )
})

test('config print with a wrong flag, file or field: what start would say', async () => {
  const flag = await openledger(['config', 'print', '--sync', 'fast', '--json'])
  assert.equal([flag.status, flag.json().error?.code], [2, 'usage'])
  assert.match(flag.json().error!.message, /--sync: expected snapshot or full, got "fast"/)
  const wrong = join(folder, 'wrong.json')
  writeFileSync(wrong, '{"peerTarget":1}')
  const field = await openledger(['config', 'print', '--config', wrong, '--json'])
  assert.equal([field.status, field.json().error?.code], [1, 'config'])
  assert.match(field.json().error!.next!, /did you mean peersTarget\?/)
})
