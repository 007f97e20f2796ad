// runs alone: nodes that start, and commands with a deadline, on all pages of the documentation
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { freePorts, until } from '../e2e/hand-run-net.ts'
import { answer, exported, type Program, repository, start } from '../e2e/program.ts'
import { suite } from '../harness.ts'
import { tempFolder } from '../src/temp-folder.ts'
import { formFault } from './command-form.ts'
import { filesGivenTo } from './given-files.ts'
import { type PagePlace, PageSession } from './page-session.ts'
import { commandsOf, filesOf, inlineCommandsOf } from './shell-blocks.ts'
import { lasting, notRun, statuses } from './unlike-commands.ts'

interface Status {
  readonly chain: string
  readonly addrs: readonly string[]
  readonly api: string
}

interface ExportedRecord {
  readonly ref: string
  readonly kind: string
  readonly label?: string
}

const test = suite('docs/commands')
const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: repository })
  .filter(path => !path.startsWith('docs/adr/'))
  .sort()
const prose = [...pages, 'CONTRIBUTING.md']
const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const readers = 3
const net = join(tempFolder(), 'net')
let network: Program
let chain: string
let placeholders: PagePlace['placeholders']

/** Three peers are what a light node asks that trusts nobody yet. */
test(
  'a network of three nodes plays the sample',
  async () => {
    try {
      network = start(['testnet', '--nodes', String(readers), '--epoch', '500ms', '--dir', net])
      await until('the sample is played', 90_000, async () => {
        if (!network.isRunning) throw new Error(network.stderr)
        return network.stderr.includes('The nodes run on') ? true : undefined
      })
      placeholders = await known()
    } catch (cause) {
      for (const { resolve } of told.values()) resolve(new Error('there is no network to read it with', { cause }))
      throw cause
    }
    void readAll()
  },
  { deadlineMs: 100_000 },
)

test.after(async () => {
  network?.child.kill('SIGINT')
  await network?.end(20_000)
})

/** What the reader of a page knows from elsewhere. Longer names come before those that they contain. */
async function known(): Promise<PagePlace['placeholders']> {
  const nodes = Array.from({ length: readers }, (_, i) => join(net, `node${i}`))
  const statuses = await Promise.all(nodes.map(data => answer<Status>(['status', '--data', data])))
  chain = statuses[0]!.chain
  const addrs = statuses.map(status => status.addrs[0]!)
  const records = await exported<ExportedRecord>('records', nodes[0]!)
  const refOf = (label: string) => records.find(record => record.label === label)!.ref
  const { accounts } = await answer<{ accounts: { account: string; label?: string }[] }>([
    'payouts',
    '--data',
    nodes[0]!,
  ])
  const ana = accounts.find(({ label }) => label === 'ana')!.account
  const { api } = JSON.parse(readFileSync(join(nodes[0]!, 'config.json'), 'utf8')) as { api: string }
  return [
    ['/tmp/ledger', net],
    ['/ip4/127.0.0.1/tcp/…/p2p/12D3Koo…', addrs[0]!],
    ['ADDR1 ADDR2 ADDR3', addrs.join(' ')],
    ['ADDR', addrs[0]!],
    ['RECORD', records.find(({ kind }) => kind === 'inference')!.ref],
    ['ASSET', refOf('tomato-blight')],
    ['bafy…/0', refOf('tomato-blight')],
    ['bafy…', chain],
    ['did:key:z6Mk…', ana],
    ['http://127.0.0.1:8650', `http://${api}`],
  ]
}

/** Goes through a page from top to bottom; the line that doesn't do, in an error. */
async function readThrough(path: string): Promise<void> {
  const commands = commandsOf(read(path))
  const [peers, api] = await freePorts(2)
  const startsNode = commands.some(({ text }) => lasting[text]?.stays === true)
  const ownApi: PagePlace['placeholders'] = startsNode ? [['http://127.0.0.1:8650', `http://127.0.0.1:${api}`]] : []
  const session = new PageSession({
    ports: { peers: peers!, api: api! },
    ...(startsNode ? {} : { node: join(net, 'node0') }),
    placeholders: [...ownApi, ...placeholders],
    files: [...filesOf(read(path)), ...(await filesGivenTo(path, { chain, genesis: join(net, 'genesis.cbor') }))],
  })
  try {
    for (const { text, line } of commands) {
      if (text in notRun) continue
      try {
        if (text in lasting) await session.last(text, lasting[text]!)
        else await session.run(text, statuses[text] ?? 0)
      } catch (error) {
        throw new Error(`${path}:${line}: ${text}`, { cause: error })
      }
    }
  } catch (error) {
    // What else goes wrong at the end follows from this.
    await session.end().catch(() => {})
    throw error
  }
  await session.end()
}

/** Pages are read in two lanes, as nothing of one is in the way of another. */
const told = new Map<string, PromiseWithResolvers<Error | undefined>>(
  pages.filter(path => commandsOf(read(path)).length > 0).map(path => [path, Promise.withResolvers()]),
)

async function readAll(): Promise<void> {
  const queue = [...told]
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [path, { resolve }] = next
      await readThrough(path).then(() => resolve(undefined), resolve)
    }
  }
  await Promise.all([lane(), lane()])
}

for (const [path, { promise }] of told) {
  test(
    `${path}: every command does`,
    async () => {
      const error = await promise
      if (error !== undefined) throw error
    },
    { deadlineMs: 120_000 },
  )
}

test('what is not run has its commands, flags, scripts and files; so has what stands within sentences', () => {
  const faults = prose.flatMap(path => {
    const listed = commandsOf(read(path)).map(({ text }) => text)
    return [...listed, ...inlineCommandsOf(read(path))].flatMap(text => {
      const fault = formFault(text)
      return fault === undefined ? [] : [`${path}: ${text}: ${fault}`]
    })
  })
  assert.equal(faults, [])
})

test('what is listed stands on a page', () => {
  const typed = new Set(pages.flatMap(path => commandsOf(read(path)).map(({ text }) => text)))
  assert.equal(
    [lasting, statuses, notRun].flatMap(table => Object.keys(table)).filter(text => !typed.has(text)),
    [],
  )
})
