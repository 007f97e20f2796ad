import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { toHex } from '../../../consensus/bytes.ts'
import { keyOfSeed } from '../../../src/keys/key-file.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { openledger, spawnOpenledger } from './program.ts'

const test = suite('cli/keys')
const folder = tempFolder()
const seed = new Uint8Array(32).fill(7)

interface KeyData {
  readonly public: string
  readonly seed?: string
}

function written(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

async function data<T>(args: readonly string[], password?: string): Promise<T> {
  const { status, stdout, json } = await openledger([...args, '--json'], password)
  assert.is(status, 0, stdout)
  return json().data as unknown as T
}

async function code(args: readonly string[], password?: string): Promise<string | undefined> {
  return (await openledger([...args, '--json'], password)).json().error?.code
}

test('made once, shown without the secret, moved to another password', async () => {
  const file = join(folder, 'k.json')
  const make = ['keys', 'new', file, '--password-file', written('secret', 'first\n')]
  const { public: account } = await data<KeyData>(make)
  assert.match(account, /^did:key:z6Mk/)
  assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(await code(make), 'key-exists')
  const shown = await openledger(['keys', 'show', file])
  assert.is(shown.stdout, `account ${account}\n${file}, protected by a password\n`)
  const passwd = ['keys', 'passwd', file, '--new-password-file', written('next', 'second')]
  assert.is(await code(passwd, 'wrong'), 'key-password')
  assert.is(await code(passwd, 'first'), undefined)
  assert.is(await code(passwd, 'first'), 'key-password')
  assert.is(statSync(file).mode & 0o777, 0o600)
})

test('alone it says where its commands are listed', async () => {
  const group = await openledger(['keys'])
  assert.is(group.status, 2)
  assert.match(group.stderr, /next: openledger keys --help lists them/)
  assert.match((await openledger([])).stderr, /next: openledger --help lists them/)
})

test('none without a password unless that is asked for; an empty password file is none', async () => {
  const file = join(folder, 'open.json')
  const { status, json } = await spawnOpenledger(['keys', 'new', file, '--json'])
  assert.equal([status, json().error?.code], [1, 'password'])
  assert.match(json().error!.next!, /--password-file FILE, or set OPENLEDGER_PASSWORD; .*--unprotected/)
  assert.is(await code(['keys', 'new', file], ''), 'password', 'an empty variable says nothing')
  assert.is(await code(['keys', 'new', file, '--password-file', written('empty', '\nsecond line')]), 'password')
  const open = await openledger(['keys', 'new', file, '--unprotected', '--kind', 'vote'])
  assert.match(open.stdout, /^vote [0-9a-f]{64}\n.* NOT protected\n$/)
})

test('export: the seed only with --reveal-seed and the password; import: the same key from it', async () => {
  const file = join(folder, 'here.json')
  const there = join(folder, 'there.json')
  const seedFile = written('seed', `${toHex(seed).toUpperCase()}\n`)
  const { public: text } = await data<KeyData>(['keys', 'import', file, '--seed-file', seedFile], 'first')
  assert.is(text, keyOfSeed('account', seed).text)

  const refused = await openledger(['keys', 'export', file, '--json'], 'first')
  assert.equal([refused.status, refused.json().error?.code], [2, 'usage'])
  assert.match(refused.json().error!.next!, /--reveal-seed/)
  assert.is(await code(['keys', 'export', file, '--reveal-seed'], 'wrong'), 'key-password')
  assert.is(await code(['keys', 'export', join(folder, 'none.json'), '--reveal-seed']), 'key-missing')

  const exported = await data<KeyData>(['keys', 'export', file, '--reveal-seed'], 'first')
  assert.equal([exported.seed, exported.public], [toHex(seed), text])
  assert.not.ok(readFileSync(file, 'utf8').includes(toHex(seed)))

  const open = ['keys', 'import', there, '--seed-file', seedFile, '--unprotected']
  assert.is((await data<KeyData>(open)).public, text)
  assert.is(await code(open), 'key-exists')
  assert.is((await openledger(['keys', 'export', there, '--reveal-seed'])).stdout, `${toHex(seed)}\n`)
})

test('import of what is no seed: told without showing it, and nothing is written', async () => {
  const file = join(folder, 'bad.json')
  for (const text of ['', 'abcdef', toHex(seed).slice(1), `${toHex(seed)}00`, 'g'.repeat(64)]) {
    const args = ['keys', 'import', file, '--unprotected', '--seed-file', written('bad', text), '--json']
    const { status, stdout, json } = await openledger(args)
    assert.equal([status, json().error?.code], [1, 'key-seed'])
    assert.match(json().error!.message, /^seed: expected 64 hex digits, got (nothing|\d+ characters)$/)
    assert.not.ok(text !== '' && stdout.includes(text))
  }
  assert.is(await code(['keys', 'show', file]), 'key-missing')
  assert.is(await code(['keys', 'import', file, '--unprotected', '--seed-file', join(folder, 'nowhere')]), 'file')
})

test('list: every key of a data folder, what is wrong with one, and no other file', async () => {
  const node = join(folder, 'node')
  mkdirSync(node)
  assert.is((await openledger(['keys', 'list', node])).stdout, `no keys in ${node}\n`)
  written('node/config.json', '{"log":"info"}')
  written('node/names.json', 'no JSON')
  const passedOver = `passed over ${join(node, 'names.json')}: no JSON; if it was a key, restore the file from a backup\n`
  assert.is((await openledger(['keys', 'list', node])).stdout, `no keys in ${node}\n${passedOver}`)
  await data(['keys', 'new', join(node, 'keys', 'peer.json'), '--kind', 'peer', '--unprotected'])
  await data(['keys', 'new', join(node, 'keys', 'vote.json'), '--kind', 'vote', '--unprotected'])
  chmodSync(join(node, 'keys', 'vote.json'), 0o644)
  const listed = await data<{ keys: Record<string, unknown>[]; passedOver: string[] }>(['keys', 'list', node])
  const { keys } = listed
  assert.equal(listed.passedOver, [join(node, 'names.json')])
  const [peer, vote] = keys
  assert.is(keys.length, 2)
  assert.equal([peer!.kind, peer!.protected, peer!.file], ['peer', false, join(node, 'keys', 'peer.json')])
  assert.equal(vote!.next, `chmod 600 ${join(node, 'keys', 'vote.json')}`)
  const { stdout } = await openledger(['keys', 'list', node])
  assert.match(
    stdout,
    /^file +kind +key\n.*peer\.json +peer +12D3Koo\w+, NOT protected\n.*vote\.json +- +other users can read/,
  )
  assert.ok(stdout.endsWith(passedOver))
})

test('a folder that cannot be written: one clear refusal', async () => {
  const inFile = join(written('plain', ''), 'key.json')
  const refused = await openledger(['keys', 'new', inFile, '--unprotected', '--json'])
  assert.equal([refused.status, refused.json().error?.code], [1, 'no-folder'])
  assert.is(refused.json().error!.next, 'choose another folder')
})
