// runs alone: LevelDB may abort a process over damaged files, so each folder is verified by one of its own
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { databaseFolder } from '../../src/store/store.ts'
import type { Summary } from '../../src/testnet/summary.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { answer, type Program, refusal, start } from './program.ts'

const test = suite('e2e/corrupt')
const folder = tempFolder()
const sound = join(folder, 'sound')
const deadline = { deadlineMs: 90_000 }
/** Where in a file, from 0 to 1. */
const places = [0.02, 0.31, 0.77, 0.97]
/** Written by LevelDB for people: their bytes mean nothing to it. */
const notData = /^(LOCK|LOG(\.old)?)$/
let copies = 0

/** A node's folder with tables as well as a log: LevelDB makes a table of a log that it finds at the next start. */
test.before(async () => {
  const dir = join(folder, 'net')
  const scenario = join(folder, 'economy.ndjson')
  const lines = [
    { actor: 'ana', do: 'fund', amount: '100' },
    ...Array.from({ length: 40 }, (_, i) => ({ actor: 'ana', do: 'transfer', to: `@@friend${i}`, amount: '0.5' })),
  ]
  writeFileSync(scenario, `${lines.map(line => JSON.stringify(line)).join('\n')}\n`)
  const args = ['--nodes', '1', '--epoch', '200ms', '--scenario', scenario, '--exit', '--dir', dir]
  const { nodes } = await answer<Summary>(['testnet', ...args], 25_000)
  cpSync(nodes[0]!.data, sound, { recursive: true })
  // Opening it turns the log into a table and begins a new log.
  await answer(['payouts', '--data', sound])
})

function files(): string[] {
  return readdirSync(join(sound, databaseFolder)).filter(file => !notData.test(file))
}

/** A copy of the folder with something done to one of its files. */
function damaged(file: string, damage: (path: string) => void): string {
  const copy = join(folder, `copy${copies++}`)
  cpSync(sound, copy, { recursive: true })
  damage(join(copy, databaseFolder, file))
  return copy
}

function flipped(file: string, place: number): string {
  return damaged(file, path => {
    const bytes = readFileSync(path)
    bytes[Math.floor(place * bytes.length)]! ^= 0x10
    writeFileSync(path, bytes)
  })
}

/** Status 1, a code, words that name the folder or the file, and something to do about it. */
async function assertTold(copy: string, what: string, names: RegExp): Promise<void> {
  const { status, code, message, next } = await refusal(['verify', '--data', copy])
  assert.equal([status, code], [1, 'damaged'], `${what}: ${message}`)
  assert.match(message, names, `${what}: ${message}`)
  assert.match(next, /backup/, what)
  rmSync(copy, { recursive: true, force: true })
}

test('the folder has a table, a manifest and what names it, and is sound before it is damaged', async () => {
  assert.ok(files().some(file => file.endsWith('.ldb')))
  for (const name of [/^CURRENT$/, /^MANIFEST-/]) assert.ok(files().some(file => name.test(file)))
  const copy = damaged('CURRENT', () => {})
  await answer(['verify', '--data', copy])
  rmSync(copy, { recursive: true })
})

test(
  'one flipped byte anywhere in any file is found and named, with status 1 and no dump of a crash',
  async () => {
    for (const file of files()) {
      const { size } = statSync(join(sound, databaseFolder, file))
      const distinct = new Map(places.map(place => [Math.floor(place * size), place]))
      if (size === 0) continue
      for (const [at, place] of distinct) await assertTold(flipped(file, place), `${file}, byte ${at}`, /./)
    }
  },
  deadline,
)

test('a flipped byte in a table is told with the file and the place', async () => {
  const table = files().find(file => file.endsWith('.ldb'))!
  await assertTold(flipped(table, 0.4), table, new RegExp(`${table}, byte \\d+: `))
})

test(
  'a deleted file is missed by its name',
  async () => {
    for (const file of files().filter(name => name.endsWith('.ldb') || name.startsWith('MANIFEST'))) {
      const copy = damaged(file, path => rmSync(path))
      await assertTold(copy, file, new RegExp(`${file}.*missing`))
    }
  },
  deadline,
)

test('a table cut short is found', async () => {
  const table = files().find(file => file.endsWith('.ldb'))!
  const copy = damaged(table, path => writeFileSync(path, readFileSync(path).subarray(0, 5_000)))
  await assertTold(copy, table, new RegExp(table))
})

test('a node does not start on damaged data, and says so', async () => {
  const table = files().find(file => file.endsWith('.ldb'))!
  const copy = damaged(table, path => rmSync(path))
  const node: Program = start(['start', '--data', copy, '--api', 'none', '--listen', '/ip4/127.0.0.1/tcp/0'])
  const { status, signal, stderr } = await node.end(20_000)
  assert.equal([status, signal], [1, null], stderr)
  assert.match(stderr, /damaged/)
})
