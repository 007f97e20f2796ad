import { cpSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { decodeCertificate, encodeCertificate } from '../../../consensus/agreement/certificate.ts'
import { equalBytes } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value } from '../../../consensus/cbor/value.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { Cid } from '../../../consensus/cid.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { openLedger } from '../../../src/node/open-ledger.ts'
import type { Database } from '../../../src/store/database.ts'
import { StoreOpenError } from '../../../src/store/errors.ts'
import {
  describeKey,
  epochKey,
  keyEpoch,
  metaKey,
  type SectionName,
  sectionOf,
  sections,
  stateKey,
} from '../../../src/store/keys.ts'
import { LevelDatabase } from '../../../src/store/level-database.ts'
import { databaseFolder, Store } from '../../../src/store/store.ts'
import { type VerifyReport, verifyStore } from '../../../src/verify/verify.ts'
import { actorKey } from '../../fixtures/ledger-driver.ts'
import { buildSmallLedger } from '../../fixtures/small-ledger.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('verify')

interface Stored {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

const dir = tempFolder()
let stored: Stored[]

test.before(async () => {
  const { driver } = await buildSmallLedger(dir)
  // Held, not final: it has to be sound all the same.
  await driver.pendingBatch('bob', [{ kind: 'transfer', to: actorKey('ana').publicKey, amount: 5 }])
  await driver.close()
  stored = await readAll(dir)
})

const databaseOptions = { create: false, multithreading: false }

async function withDatabase<T>(folder: string, use: (database: Database) => Promise<T>): Promise<T> {
  const database = await LevelDatabase.open(join(folder, databaseFolder), databaseOptions)
  try {
    return await use(database)
  } finally {
    await database.close()
  }
}

const readAll = (folder: string): Promise<Stored[]> =>
  withDatabase(folder, async database => {
    const all: Stored[] = []
    for await (const { key, value } of database.audit()) all.push({ key: key!.slice(), value: value!.slice() })
    return all
  })

/** Verifies with one value replaced, or removed, its checksum right; then puts it back. */
async function verifyWith({ key, value }: Stored, changed: Uint8Array | null): Promise<VerifyReport> {
  await withDatabase(dir, database => database.write([{ key, value: changed }], false))
  const report = await verifyStore(dir)
  await withDatabase(dir, database => database.write([{ key, value }], false))
  return report
}

function ofSection(section: SectionName): Stored[] {
  return stored.filter(({ key }) => sectionOf(key) === section)
}

/** A few, spread over all that there are. */
function some<T>(items: readonly T[], count: number): T[] {
  const stride = Math.max(1, Math.floor(items.length / count))
  return items.filter((_, i) => i % stride === 0).slice(0, count)
}

function assertNamed(report: VerifyReport, key: Uint8Array, problem?: RegExp): void {
  const name = describeKey(key)
  const found = report.findings.filter(({ what }) => what === name)
  const all = report.findings.map(({ what, problem }) => `${what}: ${problem}`).join('\n')
  assert.ok(found.length > 0, `${name} in\n${all}`)
  assert.not.ok(report.ok)
  if (problem !== undefined)
    assert.ok(
      found.some(finding => problem.test(finding.problem)),
      `${name} in\n${all}`,
    )
}

/** Each of those that stand alone. */
const fewOf = (section: SectionName) => (section === 'meta' ? 4 : 2)

/** All of a ledger's own; snapshots and peers come and go. */
const ledgerSections: readonly SectionName[] = [
  'meta',
  'batch',
  'body',
  'author',
  'outcome',
  'epoch',
  'checkpoint',
  'block',
  'state',
  'page',
  'payouts',
  'flows',
]

test('an intact folder passes, and is read and executed whole', async () => {
  const progress: string[] = []
  const report = await verifyStore(dir, {
    onProgress: (pass, epoch, epochs) => progress.push(`${pass} ${epoch}/${epochs}`),
  })
  assert.equal(report, { ok: true, epoch: 9, first: 1, executed: 9, values: stored.length, findings: [], omitted: 0 })
  assert.is(progress.length, 18)
  assert.equal([progress[0], progress[17]], ['check 1/9', 'execute 9/9'])
  for (const section of ledgerSections) assert.ok(ofSection(section).length > 0, `no ${section} in the fixture`)
})

test('a ledger that has no epoch yet passes, and misses its first validators and parameters', async () => {
  const folder = tempFolder()
  const genesis = stored.find(({ key }) => equalBytes(key, metaKey('genesis')))!.value
  const { store } = await openLedger(folder, genesis)
  await store.close()
  const report = await verifyStore(folder)
  assert.equal([report.ok, report.epoch, report.executed], [true, 0, 0])
  for (const { key } of (await readAll(folder)).filter(({ key }) => sectionOf(key) === 'block')) {
    await withDatabase(folder, database => database.write([{ key, value: null }], false))
    assertNamed(await verifyStore(folder), key, /missing/)
  }
})

test('verifying changes nothing', async () => {
  assert.equal(await readAll(dir), stored)
})

for (const section of ledgerSections) {
  test(`a missing ${sections[section].name} value is named`, async () => {
    for (const item of some(ofSection(section), fewOf(section)))
      assertNamed(await verifyWith(item, null), item.key, /missing/)
  })

  test(`a changed ${sections[section].name} value with a good checksum is named`, async () => {
    for (const item of some(ofSection(section), fewOf(section))) {
      const changed = item.value.slice()
      changed[changed.length - 1]! ^= 1
      assertReported(await verifyWith(item, changed), item.key)
    }
  })
}

function assertReported(report: VerifyReport, key: Uint8Array): void {
  // The name of another release is as good as this one's.
  if (describeKey(key) === describeKey(metaKey('version'))) return
  assertNamed(report, key)
}

test('a value under a key that belongs to nothing is named', async () => {
  for (const section of ledgerSections) {
    if (section === 'meta') continue
    const [item] = ofSection(section)
    const key = item!.key.slice()
    key[key.length - 1]! ^= 0x55
    if (stored.some(other => describeKey(other.key) === describeKey(key))) continue
    if (section === 'epoch') key[key.length - 1] = 200
    await withDatabase(dir, database => database.write([{ key, value: item!.value }], false))
    const report = await verifyStore(dir)
    await withDatabase(dir, database => database.write([{ key, value: null }], false))
    assertNamed(report, key)
  }
})

test('a flipped byte anywhere in a value or its checksum is named', async () => {
  const folder = tempFolder()
  cpSync(dir, folder, { recursive: true })
  const level = join(folder, databaseFolder)
  const { Level } = await import('level')
  const raw = new Level<Uint8Array, Uint8Array>(level, { keyEncoding: 'view', valueEncoding: 'view' })
  await raw.open()
  const flipped: string[] = []
  let i = 0
  for await (const [key, sealed] of raw.iterator()) {
    if (describeKey(key) === describeKey(metaKey('version'))) continue
    const changed = Uint8Array.from(sealed)
    changed[(i++ * 7919) % changed.length]! ^= 1 << (i % 8)
    await raw.put(Uint8Array.from(key), changed)
    flipped.push(describeKey(key))
  }
  await raw.close()
  const { findings, ok } = await verifyStore(folder)
  const named = new Set(findings.map(({ what }) => what))
  assert.not.ok(ok)
  assert.equal(
    flipped.filter(name => !named.has(name)),
    [],
  )
})

test('E1: an outcome that execution doesn’t give is named, though its batch and checkpoint are sound', async () => {
  const item = ofSection('outcome').find(
    ({ value }) => (decode(value) as Value[])[2] !== undefined && hasSettled(value),
  )!
  const [epoch, codes, settled] = decode(item.value) as [number, Uint8Array, number[]]
  const changed = encode([epoch, codes, settled.map(amount => amount + 1)])
  assertNamed(await verifyWith(item, changed), item.key, /not what execution gives/)
})

function hasSettled(value: Uint8Array): boolean {
  return ((decode(value) as Value[])[2] as Value[]).length > 0
}

test('R3: a batch that its author didn’t sign is named', async () => {
  const [item] = ofSection('batch')
  const [header, signature, ...rest] = decode(item!.value) as [Uint8Array, Uint8Array, ...Value[]]
  const other = signature.slice()
  other[40]! ^= 1
  assertNamed(await verifyWith(item!, encode([header, other, ...rest])), item!.key, /signature/)
})

test('a checkpoint that its validators didn’t sign is named', async () => {
  const item = ofSection('epoch').find(({ key }) => describeKey(key) === describeKey(epochKey(4)))!
  const [block, certificate, cut] = decode(item.value) as [Uint8Array, Uint8Array, Uint8Array]
  const checkpoint = decodeCheckpoint(block)
  const other = encodeCheckpoint({ ...checkpoint, time: checkpoint.time + 1 })
  assertNamed(await verifyWith(item, encode([other, certificate, cut])), item.key, /certificate/)
})

test('T13: signatures of a decision other than those that the next checkpoint names are named', async () => {
  const item = ofSection('epoch').find(({ key }) => describeKey(key) === describeKey(epochKey(4)))!
  const [block, certificate, cut] = decode(item.value) as [Uint8Array, Uint8Array, Uint8Array]
  const signed = decodeCertificate(certificate)
  const fewer = encodeCertificate({ ...signed, signatures: signed.signatures.slice(1) })
  assertNamed(await verifyWith(item, encode([block, fewer, cut])), item.key, /next checkpoint names/)
})

test('a state cell with another balance is named', async () => {
  const item = ofSection('state').find(({ key }) => key[1] === stateKey('a')[1])!
  const [balance, ...rest] = decode(item.value) as [number, ...Value[]]
  const report = await verifyWith(item, encode([balance + 1, ...rest]))
  assertNamed(report, item.key, /not what execution gives/)
})

test('a head that is behind leaves epochs that belong to nothing', async () => {
  const item = stored.find(({ key }) => describeKey(key) === describeKey(metaKey('head')))!
  const record = ofSection('epoch').find(({ key }) => describeKey(key) === describeKey(epochKey(8)))!
  const [checkpoint] = decode(record.value) as [Uint8Array]
  const report = await verifyWith(item, encode([8, Cid.of(nativeCrypto, checkpoint)]))
  assertNamed(report, epochKey(9), /belongs to nothing/)
})

test('a folder that began at a snapshot is checked from there, against every root', async () => {
  const folder = tempFolder()
  cpSync(dir, folder, { recursive: true })
  const begun = 6
  const earlier = ofSection('outcome').filter(({ value }) => (decode(value) as [number])[0] < begun)
  const gone = [
    ...stored.filter(({ key }) => ['epoch', 'payouts', 'flows'].includes(sectionOf(key)!) && keyEpoch(key) < begun),
    ...ofSection('checkpoint').filter(({ value }) => (decode(value) as number) < begun),
    ...earlier.flatMap(({ key }) => stored.filter(other => endsWith(other.key, key.subarray(1)))),
  ]
  const drop = (keys: readonly Stored[]) =>
    withDatabase(folder, database =>
      database.write(
        keys.map(({ key }) => ({ key, value: null })),
        false,
      ),
    )
  await drop(gone)
  const { ok, first, executed, findings } = await verifyStore(folder)
  assert.equal([ok, first, executed, findings], [true, begun, 0, []])
  for (const section of ['page', 'outcome', 'payouts', 'flows', 'body'] as const) {
    const item = ofSection(section).find(candidate => !gone.includes(candidate))!
    await drop([item])
    const report = await verifyStore(folder)
    await withDatabase(folder, database => database.write([item], false))
    const named = report.findings.some(({ what }) => describeKey(item.key).startsWith(what))
    assert.ok(named, `${describeKey(item.key)} in ${report.findings.map(({ what }) => what).join(', ')}`)
  }
})

test('one trace of an epoch before the first, and the epochs between are missing', async () => {
  const folder = tempFolder()
  cpSync(dir, folder, { recursive: true })
  const gone = [1, 2, 3].map(epoch => epochKey(epoch))
  await withDatabase(folder, database =>
    database.write(
      gone.map(key => ({ key, value: null })),
      false,
    ),
  )
  const report = await verifyStore(folder)
  for (const key of gone) assertNamed(report, key, /missing/)
})

function endsWith(key: Uint8Array, end: Uint8Array): boolean {
  return Buffer.from(key).subarray(-end.length).equals(end)
}

test('a damaged file is named with its place, and nothing is opened', async () => {
  const folder = tempFolder()
  cpSync(dir, folder, { recursive: true })
  const { readdirSync, readFileSync, writeFileSync } = await import('node:fs')
  const level = join(folder, databaseFolder)
  const name = readdirSync(level).find(file => file.endsWith('.ldb'))!
  const bytes = readFileSync(join(level, name))
  bytes[Math.floor(bytes.length / 2)]! ^= 4
  writeFileSync(join(level, name), bytes)
  const { ok, findings, executed } = await verifyStore(folder)
  assert.equal([ok, executed], [false, 0])
  assert.ok(findings.every(({ what, problem }) => `${what} ${problem}`.includes(name)))
})

test('a folder without a ledger is refused with what to do', async () => {
  await verifyStore(tempFolder()).then(
    () => assert.unreachable(),
    error => assert.instance(error, StoreOpenError),
  )
})

test('an aborted verification ends, and leaves the folder free', async () => {
  const abort = new AbortController()
  const run = verifyStore(dir, { signal: abort.signal, onProgress: () => abort.abort() })
  await run.then(
    () => assert.unreachable(),
    error => assert.is(error.name, 'AbortError'),
  )
  await (await Store.open(dir, databaseOptions)).close()
})
