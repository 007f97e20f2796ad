import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { LevelDatabase } from '../../../src/store/level-database.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('store/scan')
const mebibyte = 1024 * 1024
/** More than the first readings of a scan take together. */
const entries = 3_000

const keyOf = (number: number): Uint8Array => Uint8Array.of(number >> 8, number & 255)
const all = { from: Uint8Array.of(0), to: Uint8Array.of(255) }
let database: LevelDatabase

test.before(async () => {
  database = await LevelDatabase.open(join(tempFolder(), 'db'), { create: true, multithreading: false })
  const ops = Array.from({ length: entries }, (_, i) => ({ key: keyOf(i), value: keyOf(i) }))
  await database.write(ops, false)
})

test.after(() => database?.close())

test('a scan of many entries finds each once, in order', async () => {
  const found: number[] = []
  for await (const [key, value] of database.entries(all)) {
    assert.equal(key, value)
    found.push(key[0]! * 256 + key[1]!)
  }
  assert.equal(
    found,
    Array.from({ length: entries }, (_, i) => i),
  )
})

test('thousands of scans that want one entry keep no room for what they might have found', async () => {
  const before = process.memoryUsage.rss()
  for (let i = 0; i < 6_000; i++) {
    for await (const _ of database.entries(all)) break
  }
  const grown = (process.memoryUsage.rss() - before) / mebibyte
  assert.ok(grown < 100, `${grown.toFixed(0)} MiB`)
})
