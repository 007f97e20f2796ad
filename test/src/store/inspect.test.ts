import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Level } from 'level'
import * as assert from 'uvu/assert'
import { utf8 } from '../../../consensus/bytes.ts'
import { describeKey, stateKey } from '../../../src/store/keys.ts'
import { crc32c } from '../../../src/store/leveldb/crc32c.ts'
import { logDamage } from '../../../src/store/leveldb/log.ts'
import { tableDamage } from '../../../src/store/leveldb/table.ts'
import { Store } from '../../../src/store/store.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { begunStore, collect, sampleEpoch } from './sample.ts'

const test = suite('store/inspect')

/** What `level` leaves out of its types. */
type Compacting = { compactRange(from: Uint8Array, to: Uint8Array): Promise<void> }

test('CRC-32C: the published check value, and any split into steps', () => {
  assert.is(crc32c(utf8('123456789'), 0, 9), 0xe3069283)
  // RFC 3720, B.4: 32 bytes of zeros, of ones, rising.
  assert.is(crc32c(new Uint8Array(32), 0, 32), 0x8a9136aa)
  assert.is(crc32c(new Uint8Array(32).fill(255), 0, 32), 0x62a8ab43)
  assert.is(
    crc32c(
      Uint8Array.from({ length: 40 }, (_, i) => i - 5),
      5,
      37,
    ),
    0x46dd794e,
  )
})

test('sound files, compressed or not, are found sound', async () => {
  for (const compressible of [true, false]) {
    const dir = await tableFolder(compressible)
    assert.equal(await collect(Store.inspect(dir)), [])
    assert.is(tableOf(dir).length < 300 * 400, compressible)
  }
})

test('a flipped bit anywhere in a table is found, and the key named where a value was hit', async () => {
  for (const compressible of [true, false]) {
    const intact = tableOf(await tableFolder(compressible))
    const padding = paddingOf(intact)
    const stride = Math.ceil(intact.length / 700)
    let named = 0
    for (let at = 0; at < intact.length; at += at < intact.length - 400 ? stride : 1) {
      if (padding.from <= at && at < padding.to) continue
      const damaged = flipped(intact, at)
      const damage = tableDamage(damaged)
      assert.ok(damage.length > 0, `byte ${at} of ${intact.length}`)
      named += damage.flatMap(({ entries }) => entries).length
    }
    assert.ok(named > 0)
  }
})

test('a table cut short is found, wherever', async () => {
  const intact = tableOf(await tableFolder(true))
  for (let length = 0; length < intact.length; length += 97)
    assert.ok(tableDamage(intact.subarray(0, length)).length > 0)
})

test('damage in a table is told with file, place and key before anything opens', async () => {
  const dir = await tableFolder(false)
  const path = tablePath(dir)
  const intact = readFileSync(path)
  const at = intact.indexOf(cellValue(150, false)) + 200
  writeFileSync(path, flipped(intact, at))
  const files: string[] = []
  const found = await collect(Store.inspect(dir, file => files.push(file)))
  assert.is(found.length, 1)
  assert.ok(path.endsWith(found[0]!.file))
  assert.ok(found[0]!.at <= at && at < found[0]!.at + 8_192)
  assert.equal(found[0]!.keys, [describeKey(stateKey('cell150'))])
  const [table, log] = [path, logPath(dir)].map(path => basename(path))
  assert.equal(files, [table, log])
})

test('a missing table, and a manifest that is missing or damaged, are told', async () => {
  for (const [pattern, problem] of [
    [/\.ldb$/, /missing/],
    [/^MANIFEST/, /missing/],
  ] as const) {
    const dir = await tableFolder(true)
    const file = readdirSync(join(dir, 'ledger')).find(file => pattern.test(file))!
    rmSync(join(dir, 'ledger', file))
    const found = await collect(Store.inspect(dir))
    assert.equal(
      found.map(({ file }) => file),
      [file],
    )
    assert.match(found[0]!.problem, problem)
  }
  const dir = await tableFolder(true)
  const manifest = join(dir, 'ledger', readdirSync(join(dir, 'ledger')).find(file => /^MANIFEST/.test(file))!)
  const intact = readFileSync(manifest)
  const firstEdit = 7 + intact.readUInt16LE(4)
  for (let at = 0; at < firstEdit; at++) {
    writeFileSync(manifest, flipped(intact, at))
    assert.is((await collect(Store.inspect(dir)))[0]?.file, basename(manifest), `byte ${at}`)
  }
})

test('a table that was never finished is no damage', async () => {
  const dir = await tableFolder(true)
  writeFileSync(join(dir, 'ledger', '000999.ldb'), 'half a table')
  writeFileSync(join(dir, 'ledger', '000001.log'), new Uint8Array(2000).fill(9))
  assert.equal(await collect(Store.inspect(dir)), [])
  await (await Store.open(dir, { create: false, multithreading: false })).close()
})

test('T7: a store whose log is damaged is refused instead of forgetting what it confirmed', async () => {
  const dir = await logFolder()
  const path = logPath(dir)
  const intact = readFileSync(path)
  // The value of the last write: LevelDB would drop it in silence.
  writeFileSync(path, flipped(intact, intact.length - 30))
  const key = describeKey(stateKey('last'))
  assert.equal(
    (await collect(Store.inspect(dir))).map(({ keys }) => keys),
    [[key]],
  )
  const error = await Store.open(dir, { create: false, multithreading: false }).catch(error => error)
  assert.is(error.code, 'store-corrupt')
  assert.ok(error.message.includes(key), error.message)
  // Nothing was thrown away meanwhile.
  writeFileSync(path, intact)
  const store = await Store.open(dir, { create: false, multithreading: false })
  assert.equal(store.state.get('last'), utf8('a last value of some length'))
  await store.close()
})

test('a flipped bit in a log is found, but for a length that then says the file was torn there', async () => {
  const intact = readFileSync(logPath(await logFolder()))
  const stride = Math.ceil(intact.length / 1_000)
  let missed = 0
  let tried = 0
  for (let at = 0; at < intact.length; at += stride, tried++) if (logDamage(flipped(intact, at)).length === 0) missed++
  assert.equal(logDamage(intact), [])
  assert.ok(missed <= tried / 500, `${missed} of ${tried} missed`)
})

test('a log that a power failure tore, by a missing end or zeros in its place, is no damage', async () => {
  const intact = readFileSync(logPath(await logFolder()))
  for (let length = 0; length < intact.length; length += 61) assert.equal(logDamage(intact.subarray(0, length)), [])
  // Disks lose whole sectors.
  for (let sector = 0; sector < intact.length; sector += 512) {
    const zeroed = Uint8Array.from(intact).fill(0, sector)
    assert.equal(logDamage(zeroed), [], `zeros from ${sector} of ${intact.length}`)
  }
})

async function tableFolder(compressible: boolean): Promise<string> {
  const dir = tempFolder()
  const store = await begunStore(dir)
  const state = Array.from({ length: 300 }, (_, i): [string, Uint8Array] => [`cell${i}`, cellValue(i, compressible)])
  await store.commitEpoch(sampleEpoch(1, { state }))
  await store.close()
  const raw = new Level<Uint8Array, Uint8Array>(join(dir, 'ledger'), { keyEncoding: 'view', valueEncoding: 'view' })
  await raw.open()
  await (raw as unknown as Compacting).compactRange(Uint8Array.of(0), Uint8Array.of(255))
  await raw.close()
  return dir
}

function cellValue(i: number, compressible: boolean): Uint8Array {
  if (compressible) return new Uint8Array(400).fill(i)
  const noise = createHash('shake256', { outputLength: 400 }).update(`${i}`).digest()
  return new Uint8Array(noise)
}

/** Records of all shapes: small ones, one over several blocks, and a last one. */
async function logFolder(): Promise<string> {
  const dir = tempFolder()
  const store = await begunStore(dir)
  for (let i = 1; i <= 3; i++) {
    await store.write([{ key: stateKey(`long${i}`), value: new Uint8Array(i * 20_000).fill(i) }], { sync: false })
    await store.commitEpoch(sampleEpoch(i))
  }
  await store.write([{ key: stateKey('last'), value: utf8('a last value of some length') }], { sync: true })
  await store.close()
  return dir
}

function tablePath(dir: string): string {
  const files = readdirSync(join(dir, 'ledger')).filter(file => file.endsWith('.ldb'))
  assert.is(files.length, 1)
  return join(dir, 'ledger', files[0]!)
}

function tableOf(dir: string): Uint8Array {
  return readFileSync(tablePath(dir))
}

function logPath(dir: string): string {
  return join(dir, 'ledger', readdirSync(join(dir, 'ledger')).find(file => file.endsWith('.log'))!)
}

/** Unused bytes of the footer, between two handles of two varints each and the magic number. */
function paddingOf(table: Uint8Array): { from: number; to: number } {
  let from = table.length - 48
  for (let ends = 0; ends < 4; from++) if (table[from]! < 128) ends++
  return { from, to: table.length - 8 }
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at]! ^= 1 << (at & 7)
  return copy
}
