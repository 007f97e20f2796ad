import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { toHex } from '../../../consensus/bytes.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { isSafePath } from '../../../src/backup/backup-parts.ts'
import { frame } from '../../../src/backup/frames.ts'
import { readKeyFiles, withKeys } from '../../../src/backup/key-files.ts'
import { restoreBackup } from '../../../src/backup/restore.ts'
import { writeBackup } from '../../../src/backup/write-backup.ts'
import { writePieces } from '../../../src/store/pieces-file.ts'
import { Store } from '../../../src/store/store.ts'
import { buildSampleLedger } from '../../fixtures/sample-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('backup')
const { store } = await buildSampleLedger(tempFolder())
const folder = tempFolder()
const file = join(folder, 'sample.backup')
test.after(() => store.close())

async function valuesOf(of: Store): Promise<Map<string, string>> {
  const values = new Map<string, string>()
  for await (const { key, value } of of.scan()) values.set(toHex(key!), toHex(value!))
  return values
}

const keyText = (name: string): string => toHex(Buffer.from(`m${name}`))
const failure = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'none',
    (error: unknown) => (error instanceof LedgerError ? error.code : `${error}`),
  )

test('what comes back is what was there, but for what a validator signed and whom the node knew', async () => {
  await store.agreement.put(Uint8Array.of(1), { sync: false })
  await store.peers.put(Uint8Array.of(2), { sync: false })
  await store.write([store.snapshots.op(1, 0, Uint8Array.of(3))], { sync: false })
  await writePieces(file, writeBackup(store), 0o600)
  assert.is(statSync(file).mode & 0o777, 0o600)
  const data = join(folder, 'restored')
  const restored = await restoreBackup(file, data)
  assert.is(restored.epoch, store.head()!.epoch)
  assert.equal(restored.keys, [])
  const expected = await valuesOf(store)
  for (const name of ['agreement', 'peers']) assert.ok(expected.delete(keyText(name)))
  for (const key of expected.keys()) if (key.startsWith(toHex(Buffer.from('n')))) expected.delete(key)
  const reopened = await Store.open(data, { create: false, multithreading: false })
  const values = await valuesOf(reopened)
  assert.ok(values.delete(keyText('guard')), 'it may not vote at once')
  assert.equal([...values].sort(), [...expected].sort())
  await reopened.close()
})

test('only who says that the former node is gone may vote at once', async () => {
  const data = join(folder, 'at-once')
  await restoreBackup(file, data, { voteAtOnce: true })
  const reopened = await Store.open(data, { create: false, multithreading: false })
  assert.is(reopened.guard.get(), undefined)
  await reopened.close()
})

test('a backup is of one moment, whatever is written while it is taken', async () => {
  const before = await valuesOf(store)
  const pieces: Uint8Array[] = []
  for await (const piece of writeBackup(store)) {
    if (pieces.length === 0) await store.write([store.payouts.op(99, 0, Uint8Array.of(1))], { sync: false })
    pieces.push(piece)
  }
  await store.payouts.drop(99)
  assert.ok(before.size > 0)
  const path = join(folder, 'moment.backup')
  writeFileSync(path, Buffer.concat(pieces))
  await restoreBackup(path, join(folder, 'moment'))
  const reopened = await Store.open(join(folder, 'moment'), { create: false, multithreading: false })
  assert.is(reopened.payouts.get(99, 0), undefined)
  await reopened.close()
})

test('whatever is wrong with a backup, nothing is restored and nothing is left', async () => {
  const whole = readFileSync(file)
  const cut = (length: number) => whole.subarray(0, length)
  const flipped = (at: number) => {
    const copy = Buffer.from(whole)
    copy[at]! ^= 1
    return copy
  }
  const broken = [
    Buffer.alloc(0),
    cut(3),
    cut(40),
    cut(whole.length - 1),
    cut(whole.length - 50),
    flipped(2),
    flipped(20),
    flipped(whole.length >> 1),
    flipped(whole.length - 5),
    Buffer.from('something else altogether, and long enough to be anything'),
  ]
  for (const [i, bytes] of broken.entries()) {
    const path = join(folder, `broken-${i}`)
    writeFileSync(path, bytes)
    const data = join(folder, `data-${i}`)
    assert.is(await failure(restoreBackup(path, data)), 'backup-damaged', `${i}`)
    assert.equal(readdirSync(data), [])
  }
  assert.is(await failure(restoreBackup(join(folder, 'none'), join(folder, 'data-none'))), 'backup-missing')
})

test('a folder with a ledger is left alone, and a file too', async () => {
  assert.is(await failure(restoreBackup(file, join(folder, 'restored'))), 'folder-used')
  assert.is(await failure(writePieces(file, writeBackup(store), 0o600)), 'file-exists')
})

test('a place where nothing can be is called that, no damaged store', async () => {
  const places = {
    [join(file, 'b')]: 'no-folder',
    '/proc/b': 'store-not-writable',
    '/proc/none/b': 'store-not-writable',
  }
  for (const [path, code] of Object.entries(places)) {
    if (!path.startsWith('/proc') || existsSync('/proc/self'))
      assert.is(await failure(writePieces(path, writeBackup(store), 0o600)), code, path)
  }
})

const sealed = '{"kind": "vote", "public": "00", "secret": "sealed"}'

/** A data folder with these key files and no ledger. */
function keysIn(name: string, files: Readonly<Record<string, string>>): string {
  const data = join(folder, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(data, path)), { recursive: true })
    writeFileSync(join(data, path), text)
  }
  return data
}

async function backupWithKeys(name: string, data: string): Promise<string> {
  const path = join(folder, `${name}.backup`)
  await writePieces(path, withKeys(writeBackup(store), await readKeyFiles(data)), 0o600)
  return path
}

test('the keys in it are those that a list of keys shows, as they lie in the folder', async () => {
  const files = { 'vote.json': sealed, 'keys/peer.json': sealed, 'keys/my key.json': sealed }
  const data = keysIn('with-keys', {
    ...files,
    'keys/.DS_Store': 'the trace of a file browser',
    'keys/old/vote.json': sealed,
    'economy.json': '{"epoch": 3}',
  })
  const secret = keysIn('mounted', { secret: sealed })
  symlinkSync(join(secret, 'secret'), join(data, 'keys', 'linked.json'))
  const target = join(folder, 'keys-restored')
  const { keys } = await restoreBackup(await backupWithKeys('keys', data), target)
  assert.equal([...keys].sort(), [...Object.keys(files), 'keys/linked.json'].sort())
  for (const key of keys) {
    assert.is(readFileSync(join(target, key), 'utf8'), sealed)
    assert.is(statSync(join(target, key)).mode & 0o777, 0o600)
  }
})

test('a key whose name no backup can hold is refused before anything is written', async () => {
  const data = keysIn('odd-name', { 'keys/a\nb.json': sealed })
  assert.is(await failure(readKeyFiles(data)), 'key-name')
  for (const path of ['ledger/x.json', '../x.json', '/x.json', 'keys/../x.json', 'keys/..', 'x', 'a/keys/x.json']) {
    assert.not(isSafePath(path), path)
  }
})

test('keys that are there already stay, and then nothing is restored; the same ones are no hindrance', async () => {
  const path = await backupWithKeys('two', keysIn('two', { 'keys/a.json': sealed, 'keys/b.json': sealed }))
  const used = keysIn('keys-used', { 'keys/b.json': 'mine' })
  assert.is(await failure(restoreBackup(path, used)), 'key-exists')
  assert.is(readFileSync(join(used, 'keys', 'b.json'), 'utf8'), 'mine')
  assert.equal([readdirSync(used), readdirSync(join(used, 'keys'))], [['keys'], ['b.json']])
  const same = keysIn('keys-same', { 'keys/b.json': sealed })
  assert.equal((await restoreBackup(path, same)).keys, ['keys/a.json', 'keys/b.json'])
})

test('a backup that holds another ledger than it says leaves neither it nor its keys', async () => {
  const header = { format: 'openledger-backup', v: 1, chain: store.chain()!, epoch: 7, checkpoint: store.chain()! }
  const parts = [frame(encode(header)), frame(encode([]))]
  const digest = createHash('sha256').update(Buffer.concat(parts)).digest()
  const end = frame(encode({ entries: 0, digest: new Uint8Array(digest) }))
  const key = frame(encode([['vote.json', Buffer.from(sealed)]]))
  const path = join(folder, 'another.backup')
  writeFileSync(path, Buffer.concat([...parts, end, key]))
  const target = join(folder, 'another')
  assert.is.not(await failure(restoreBackup(path, target)), 'none')
  assert.equal(readdirSync(target), [])
})
