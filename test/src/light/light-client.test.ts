import { readFileSync, statSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import type { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { trustingPeriodMs } from '../../../consensus/light/following/trusting-period.ts'
import { RequestError } from '../../../network/request-error.ts'
import { LightClient, type LightOptions } from '../../../src/light/light-client.ts'
import { lightFilePath } from '../../../src/light/light-file.ts'
import { NoPeerError } from '../../../src/light/light-peers.ts'
import { History, type Member, member, membersOf } from '../../fixtures/light-chain.ts'
import { quickCrypto } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { addrOf, MemoryNetwork, type MemoryServer } from './memory-network.ts'

const test = suite('light/client')

const set = membersOf('a', 'b', 'c', 'd')
const history = new History({ membersAt: () => set })
const head = 300
const honest = (): MemoryServer => ({ history, head })

interface Light {
  readonly network: MemoryNetwork
  open(options?: Partial<LightOptions>): Promise<LightClient>
}

function light(servers: Readonly<Record<string, MemoryServer>>, nowMs = history.timeOf(head)): Light {
  const network = new MemoryNetwork(servers)
  const given = {
    network,
    crypto: quickCrypto,
    peers: Object.keys(servers).map(addrOf),
    accept: false,
    now: () => nowMs,
    signal: new AbortController().signal,
    onProgress: () => {},
  }
  return { network, open: options => LightClient.open({ ...given, ...options }) }
}

async function refusal(promise: Promise<unknown>): Promise<LedgerError> {
  try {
    await promise
  } catch (error) {
    assert.instance(error, LedgerError, (error as Error).stack)
    return error as LedgerError
  }
  throw new Error('nothing was refused')
}

const text = (cid: Cid) => `${cid}`

test('from the genesis that the user names; it says what it trusts and who agrees', async () => {
  const { open } = light({ one: honest(), two: honest() })
  const followed = await (await open({ trust: history.chain })).follow()
  assert.equal([followed.root.epoch, text(followed.root.cid), followed.root.source], [0, text(history.chain), 'named'])
  assert.equal([followed.head.epoch, text(followed.head.cid)], [head, text(history.cid(head))])
  assert.equal(followed.followed, 'one')
  assert.equal(followed.witnesses, [{ peer: 'two', verdict: 'agrees' }])
  assert.equal([followed.checks, followed.fetched, followed.isStartOld], [1, 1, false])
})

test('from a checkpoint that the user names by its CID alone', async () => {
  const { open } = light({ one: honest() })
  const client = await open({ trust: history.cid(120) })
  const { root, head: reached, witnesses } = await client.follow()
  assert.equal([root.epoch, text(root.cid), reached.epoch, witnesses], [120, text(history.cid(120)), head, []])
  const unknown = await refusal(open({ trust: quickCryptoCid() }))
  assert.is(unknown.code, 'no-peer')
  assert.match(unknown.message, /has no checkpoint/)
})

const quickCryptoCid = () => new History({ membersAt: () => membersOf('x') }).cid(3)

test('the farthest peer is followed; one that is behind says nothing, one that lags hides nothing', async () => {
  const { open } = light({ old: { history, head: 100 }, new: honest() })
  const { followed, head: reached, witnesses } = await (await open({ trust: history.chain })).follow()
  assert.equal([followed, reached.epoch], ['new', head])
  assert.equal(witnesses, [{ peer: 'old', verdict: 'behind' }])
})

test('a run goes on where the last one ended, from the file alone', async () => {
  const dir = tempFolder()
  const servers = { one: { history, head: 100 } as MemoryServer }
  const first = light(servers)
  const begun = await (await first.open({ trust: history.chain, dir })).follow()
  assert.is(begun.head.epoch, 100)
  servers.one.head = head
  const again = await (await first.open({ dir })).follow()
  assert.equal([again.root.epoch, again.head.epoch, again.checks], [0, head, 1])
  const third = await (await first.open({ dir })).follow()
  assert.equal([third.head.epoch, third.checks, third.fetched, third.followed], [head, 0, 0, undefined])
  assert.equal(third.witnesses, [{ peer: 'one', verdict: 'agrees' }])
  // The same name again is no new beginning.
  assert.is((await (await first.open({ dir, trust: history.chain })).follow()).checks, 0)
  assert.ok(statSync(lightFilePath(dir)).size < 10_000)
})

test('a damaged file is refused, whichever byte it is', async () => {
  const dir = tempFolder()
  const { open } = light({ one: honest() })
  await (await open({ trust: history.chain, dir })).follow()
  const sound = readFileSync(lightFilePath(dir))
  for (let at = 0; at < sound.length; at += 97) {
    const damaged = Uint8Array.from(sound)
    damaged[at]! ^= 1
    writeFileSync(lightFilePath(dir), damaged)
    assert.is((await refusal(open({ dir }))).code, 'light-file')
  }
  writeFileSync(lightFilePath(dir), new Uint8Array())
  assert.is((await refusal(open({ dir }))).code, 'light-file')
})

test('with nothing to begin with, at least three peers are asked, and the user decides', async () => {
  const dir = tempFolder()
  const two = light({ one: honest(), two: honest() })
  assert.is((await refusal(two.open({ dir }))).code, 'few-peers')
  const three = light({ one: honest(), two: { history, head: 290 }, three: honest() })
  const needed = await refusal(three.open({ dir }))
  assert.is(needed.code, 'trust-needed')
  assert.ok(needed.message.includes(text(history.cid(290))), needed.message)
  assert.ok(needed.next?.includes(`--trust ${history.cid(290)}`))
  const { root, head: reached } = await (await three.open({ dir, accept: true })).follow()
  assert.equal([root.source, root.epoch, reached.epoch], ['accepted', 290, head])
  assert.is((await (await three.open({ dir })).follow()).root.epoch, 290)
})

test('peers that disagree are not accepted', async () => {
  const other = new History({ membersAt: () => set, forkOf: { history, after: 100 } })
  const { open } = light({ one: honest(), two: honest(), three: { history: other, head } })
  const { code, message } = await refusal(open({ accept: true }))
  assert.is(code, 'peers-disagree')
  for (const cid of [history.cid(head), other.cid(head)]) assert.ok(message.includes(text(cid)))
})

test('what was left for longer than the trusting period is followed on the user’s word alone, and said to be old', async () => {
  const dir = tempFolder()
  const servers = { one: { history, head: 100 } as MemoryServer }
  await (await light(servers).open({ dir, trust: history.chain })).follow()
  servers.one.head = head
  const late = light(servers, history.timeOf(100) + trustingPeriodMs(history.params))
  assert.is((await refusal((await late.open({ dir })).follow())).code, 'follow-expired')
  const { isStartOld, head: reached } = await (await late.open({ dir, trust: history.chain })).follow()
  assert.equal([isStartOld, reached.epoch], [true, head])
})

test('an earlier epoch is reached by the names that lead there; one on the way is verified on the way', async () => {
  const { open, network } = light({ one: honest(), two: honest() })
  const client = await open({ trust: history.cid(200) })
  await client.follow(250)
  const before = network.asked.length
  assert.is(text((await client.checkpointOf(250)).cid), text(history.cid(250)))
  assert.is(network.asked.length, before)
  for (const epoch of [head, 200, 131, 1]) {
    const trusted = await client.checkpointOf(epoch)
    assert.equal([trusted.epoch, text(trusted.cid)], [epoch, text(history.cid(epoch))])
  }
  assert.is((await refusal(client.checkpointOf(head + 1))).code, 'not-yet')
})

test('an earlier epoch from a peer that has none of it comes from another', async () => {
  const late: MemoryServer = { history, head, first: 150 }
  const { open } = light({ late, one: honest() })
  const client = await open({ trust: history.cid(200) })
  const { followed } = await client.follow()
  assert.is(followed, 'late')
  assert.is(text((await client.checkpointOf(10)).cid), text(history.cid(10)))
  assert.ok(client.peers.all.includes('late'), 'it is no offence not to have an epoch')
})

async function backFrom(client: LightClient, epoch = 1): Promise<number[]> {
  const epochs: number[] = []
  try {
    for await (const { checkpoint } of client.back(client.head, epoch)) epochs.push(checkpoint.epoch)
  } catch (error) {
    assert.ok(error instanceof NoPeerError && error.isUnknown, (error as Error).stack)
  }
  return epochs
}

test('back goes as far as a peer shows checkpoints, and beyond where another one does', async () => {
  const late: MemoryServer = { history, head, first: 150 }
  for (const [servers, oldest] of [
    [{ late }, 150],
    [{ late, one: honest() }, 1],
  ] as const) {
    const client = await light(servers).open({ trust: history.chain })
    await client.follow()
    const epochs = await backFrom(client)
    assert.equal([epochs[0], epochs.length, epochs.at(-1)], [head, head - oldest + 1, oldest])
    assert.is(client.peers.all.length, Object.keys(servers).length)
    assert.equal(await backFrom(client, 200), epochs.slice(0, 101))
  }
})

test('who says it has no older epochs is not asked for them, whatever it would say then', async () => {
  let next = head
  const trickling: MemoryServer = {
    history,
    head,
    get first() {
      return next
    },
    before: protocol => {
      if (protocol === 'headers') next--
    },
  }
  const { open, network } = light({ trickling })
  const client = await open({ trust: history.chain })
  await client.follow()
  const before = network.asked.length
  const epochs = await backFrom(client)
  assert.equal([epochs.at(-1), network.asked.length - before], [next, 1])
})

test('a peer that refuses, breaks off or belongs elsewhere is dropped for another', async () => {
  const elsewhere = new History({ membersAt: () => membersOf('x', 'y') })
  const broken = (protocol: string) => {
    if (protocol === 'headers') throw new RequestError('broken-off', protocol, 'broken', 'the stream ended early')
  }
  const { open, network } = light({
    elsewhere: { history: elsewhere, head },
    broken: { history, head: head + 9, before: broken },
    one: honest(),
  })
  const { followed, failures } = await (
    await open({ trust: history.chain, peers: ['elsewhere', 'nobody', 'broken', 'one'].map(addrOf) })
  ).follow()
  assert.is(followed, 'one')
  const codes = failures.map(({ code }) => code)
  assert.equal(codes, ['unreachable', 'unknown', 'follow-chain', 'broken-off'])
  assert.equal(network.dropped, ['elsewhere', 'broken'])
})

test('a busy peer is asked again', async () => {
  let times = 0
  const before = (protocol: string) => {
    if (protocol === 'headers' && times++ < 3) {
      throw new RequestError('refused', protocol, 'one', 'it refuses: busy', { reason: 'busy' })
    }
  }
  const { open } = light({ one: { history, head, before } })
  const { followed, failures } = await (await open({ trust: history.chain })).follow()
  assert.equal([followed, failures], ['one', []])
})

test('peers are told of by others, where the user names few', async () => {
  const servers = { one: { ...honest(), tells: [addrOf('two'), addrOf('one'), addrOf('gone')] }, two: honest() }
  const { open } = light(servers)
  const { witnesses } = await (await open({ trust: history.chain, peers: [addrOf('one')] })).follow()
  assert.equal(witnesses, [{ peer: 'two', verdict: 'agrees' }])
})

test('with nobody who can show the way there is nothing to believe', async () => {
  const { open } = light({ one: { ...honest(), forge: (_, bytes) => ({ ...bytes, certificate: new Uint8Array(3) }) } })
  const { code, message } = await refusal((await open({ trust: history.chain })).follow())
  assert.is(code, 'no-peer')
  assert.match(message, /one: encoding: byte/)
})

test('after 10,000 epochs with a moving set the file is small', async () => {
  const sets = new Map<number, readonly Member[]>()
  const membersAt = (epoch: number) => {
    const turn = Math.floor(Math.max(0, epoch - 2) / 100)
    const known = sets.get(turn) ?? Array.from({ length: 100 }, (_, i) => member(5 * turn + i))
    sets.set(turn, known)
    return known
  }
  const dir = tempFolder()
  const moving = new History({ membersAt })
  const { open } = light({ one: { history: moving, head: 10_000 } }, moving.timeOf(10_000))
  const { checks, head: reached } = await (await open({ trust: moving.chain, dir })).follow()
  assert.is(reached.epoch, 10_000)
  assert.ok(checks <= 10, `${checks} checks`)
  assert.ok(statSync(lightFilePath(dir)).size < 64 * 1024, `${statSync(lightFilePath(dir)).size} bytes`)
})

test('who follows for long reads the clock each time: what is new is not of the future', async () => {
  const server: MemoryServer = { history, head: 1 }
  let nowMs = history.timeOf(1)
  const client = await LightClient.open({
    network: new MemoryNetwork({ server }),
    crypto: quickCrypto,
    peers: [addrOf('server')],
    trust: history.chain,
    accept: false,
    now: () => nowMs,
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  await client.follow()
  server.head = head
  nowMs = history.timeOf(head)
  assert.ok(nowMs - history.timeOf(1) > 60_000)
  assert.is((await client.follow()).head.epoch, head)
})
