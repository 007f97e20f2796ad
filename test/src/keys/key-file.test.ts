import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { toHex, utf8 } from '../../../consensus/bytes.ts'
import { nobleCrypto } from '../../../consensus/crypto.ts'
import {
  changeProtection,
  createKey,
  inspectKey,
  KeyFileError,
  keyOfSeed,
  loadKey,
} from '../../../src/keys/key-file.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('keys/key-file')

/** The least that is accepted: a guess here takes a fraction of a second less. */
const cost = { N: 2 ** 15, r: 8, p: 1 }
const unprotected = { unprotected: true } as const
const seed = new Uint8Array(32).fill(5)

test('a new key lies in a file of mode 0600 in a folder of mode 0700, encrypted, and signs after loading', async () => {
  const dir = join(tempFolder(), 'keys')
  const path = join(dir, 'account.json')
  const created = await createKey(path, 'account', { password: 'swordfish', cost })
  assert.is((await stat(path)).mode & 0o777, 0o600)
  assert.is((await stat(dir)).mode & 0o777, 0o700)
  assert.equal(await readdir(dir), ['account.json'])
  const json = await readFile(path, 'utf8')
  assert.not.ok(json.includes(toHex(created.seed)))
  const { kind, public: text, kdf } = JSON.parse(json)
  assert.equal({ kind, text, kdf }, { kind: 'account', text: created.text, kdf: { name: 'scrypt', ...cost } })

  const loaded = await loadKey(path, 'account', 'swordfish')
  assert.equal(loaded.seed, created.seed)
  assert.match(loaded.text, /^did:key:z6Mk/)
  assert.ok(nobleCrypto.verify(loaded.sign(utf8('hello')), utf8('hello'), created.publicKey))
})

test('a folder is no key, and its mode is not to be changed', async () => {
  const error = (await inspectKey(tempFolder()).catch(error => error)) as KeyFileError
  assert.is(error.code, 'key-unreadable')
  assert.match(error.next!, /name the key file itself/)
})

test('a file that is broken off is told apart from an empty one, and nothing of it is shown', async () => {
  const path = join(tempFolder(), 'broken.json')
  for (const [text, got] of [
    ['{"secret": "abc', '"other text"'],
    ['\n', 'nothing'],
  ]) {
    await writeFile(path, text!, { mode: 0o600 })
    const error = (await inspectKey(path).catch(error => error)) as KeyFileError
    assert.equal([error.code, error.message], ['key-damaged', `${path}: key file: expected JSON, got ${got}`])
  }
})

test('two new keys differ, and so do two files of one key', async () => {
  const dir = tempFolder()
  const [one, two] = [
    await createKey(join(dir, '1'), 'peer', unprotected),
    await createKey(join(dir, '2'), 'peer', unprotected),
  ]
  assert.is.not(one.text, two.text)
  for (const name of ['a', 'b']) await createKey(join(dir, name), 'vote', { password: 'same', cost }, seed)
  const [a, b] = await Promise.all(['a', 'b'].map(async name => JSON.parse(await readFile(join(dir, name), 'utf8'))))
  for (const field of ['salt', 'nonce', 'cipher']) assert.is.not(a[field], b[field])
})

test('an unprotected key of a testnet says so, and needs no password', async () => {
  const path = join(tempFolder(), 'key')
  await createKey(path, 'vote', unprotected, seed)
  assert.equal(JSON.parse(await readFile(path, 'utf8')), {
    kind: 'vote',
    public: toHex(keyOfSeed('vote', seed).publicKey),
    secret: toHex(seed),
    unprotected: true,
  })
  assert.equal((await loadKey(path, 'vote')).seed, seed)
})

test('a password is the same however its letters were composed', async () => {
  const path = join(tempFolder(), 'key')
  await createKey(path, 'account', { password: 'caf\u00e9', cost }, seed)
  assert.equal((await loadKey(path, 'account', 'cafe\u0301')).seed, seed)
})

test('an existing key is never overwritten', async () => {
  const path = join(tempFolder(), 'key')
  await createKey(path, 'account', unprotected, seed)
  await rejects(() => createKey(path, 'account', unprotected), 'key-exists')
  assert.equal((await loadKey(path, 'account')).seed, seed)
})

test('a missing file, a wrong or missing password, and another kind of key are told apart', async () => {
  const dir = tempFolder()
  const path = join(dir, 'key')
  await createKey(path, 'account', { password: 'right', cost }, seed)
  await rejects(() => loadKey(join(dir, 'none'), 'account'), 'key-missing')
  await rejects(() => loadKey(path, 'account'), 'key-locked')
  await rejects(() => loadKey(path, 'account', 'wrong'), 'key-password')
  await rejects(() => loadKey(path, 'vote', 'right'), 'key-kind')
  await rejects(() => createKey(join(dir, 'empty'), 'account', { password: '' }), 'key-password')
})

test('a file that others can read or write is refused, with the remedy', async () => {
  const path = join(tempFolder(), 'key')
  await createKey(path, 'account', unprotected, seed)
  for (const mode of [0o640, 0o620, 0o604, 0o602, 0o777]) {
    await chmod(path, mode)
    const error = await rejects(() => loadKey(path, 'account'), 'key-exposed')
    assert.is(error.next, `chmod 600 ${path}`)
    await rejects(() => inspectKey(path), 'key-exposed')
  }
  await chmod(path, 0o400)
  assert.equal((await loadKey(path, 'account')).seed, seed)
})

test('the public half is read without the password', async () => {
  const path = join(tempFolder(), 'key')
  const { text } = await createKey(path, 'account', { password: 'right', cost }, seed)
  assert.equal(await inspectKey(path), { kind: 'account', text, isProtected: true })
})

test('protection is changed, given, and taken, only with the present password', async () => {
  const dir = tempFolder()
  const path = join(dir, 'key')
  await createKey(path, 'account', unprotected, seed)
  await changeProtection(path, 'account', undefined, { password: 'one', cost })
  await rejects(() => changeProtection(path, 'account', 'two', unprotected), 'key-password')
  await changeProtection(path, 'account', 'one', { password: 'two', cost })
  await rejects(() => loadKey(path, 'account', 'one'), 'key-password')
  assert.equal((await loadKey(path, 'account', 'two')).seed, seed)
  await changeProtection(path, 'account', 'two', unprotected)
  assert.equal((await loadKey(path, 'account')).seed, seed)
  assert.is((await stat(path)).mode & 0o777, 0o600)
  assert.equal(await readdir(dir), ['key'])
})

test('a changed field never gives another key', async () => {
  const path = join(tempFolder(), 'key')
  await createKey(path, 'account', { password: 'right', cost }, seed)
  const document = JSON.parse(await readFile(path, 'utf8'))
  const other = keyOfSeed('account', new Uint8Array(32).fill(6)).text
  const flip = (hex: string) => (hex.startsWith('0') ? '1' : '0') + hex.slice(1)
  const changes: [change: object, code: string][] = [
    [{ public: other }, 'key-password'],
    [{ salt: flip(document.salt) }, 'key-password'],
    [{ nonce: flip(document.nonce) }, 'key-password'],
    [{ cipher: flip(document.cipher) }, 'key-password'],
    [{ kdf: { ...document.kdf, N: 2 ** 16 } }, 'key-password'],
    [{ kind: 'peer' }, 'key-kind'],
    [{ secret: toHex(new Uint8Array(32)), unprotected: true }, 'key-damaged'],
  ]
  for (const [change, code] of changes) {
    await writeFile(path, JSON.stringify({ ...document, ...change }))
    await rejects(() => loadKey(path, 'account', 'right'), code)
  }
})

test('a file that is no key file is refused by the field that is wrong, without showing secrets', async () => {
  const path = join(tempFolder(), 'key')
  await createKey(path, 'account', { password: 'right', cost }, seed)
  const document = JSON.parse(await readFile(path, 'utf8'))
  const contents: [content: string, message: RegExp][] = [
    ['', /key file: expected JSON/],
    ['[]', /key file: expected a JSON object/],
    ['{}', /kind: expected account or vote or peer, got nothing/],
    [JSON.stringify({ ...document, public: 7 }), /public: expected the text/],
    [JSON.stringify({ ...document, kdf: undefined }), /kdf: expected/],
    [
      JSON.stringify({ ...document, kdf: { ...document.kdf, N: 2 ** 14 } }),
      /kdf\.N: expected an integer from 32768 to 1048576/,
    ],
    [JSON.stringify({ ...document, kdf: { ...document.kdf, N: 2 ** 30 } }), /kdf\.N: expected/],
    [JSON.stringify({ ...document, kdf: { ...document.kdf, N: 40_000 } }), /kdf\.N: expected a power of 2/],
    [JSON.stringify({ ...document, kdf: { ...document.kdf, p: 0 } }), /kdf\.p: expected/],
    [JSON.stringify({ ...document, salt: document.salt.slice(2) }), /salt: expected 32 bytes in hex/],
    [JSON.stringify({ ...document, cipher: `${document.cipher}00` }), /cipher: expected 48 bytes in hex/],
    [JSON.stringify({ ...document, unprotected: true, secret: 'abcdef' }), /secret: expected 32 bytes in hex/],
  ]
  for (const [content, message] of contents) {
    await writeFile(path, content)
    const error = await rejects(() => loadKey(path, 'account', 'right'), 'key-damaged')
    assert.match(error.message, message)
    assert.not.ok(error.message.includes('abcdef'))
  }
})

async function rejects(action: () => Promise<unknown>, code: string): Promise<KeyFileError> {
  try {
    await action()
  } catch (error) {
    assert.ok(error instanceof KeyFileError, String(error))
    assert.is(error.code, code)
    return error
  }
  throw new Error(`expected ${code}`)
}
