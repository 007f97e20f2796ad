import { existsSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { accountKeyText } from '../../../consensus/account.ts'
import { openBatch } from '../../../consensus/batch.ts'
import { toKey } from '../../../consensus/bytes.ts'
import { encodePartAnswer, encodeProofAnswer } from '../../../consensus/light/proof/answer.ts'
import type { ProofRequest } from '../../../consensus/light/proof/request.ts'
import { stateProof } from '../../../consensus/merkle/state-proof.ts'
import { RequestError } from '../../../network/request-error.ts'
import { evidenceBatch, evidenceLines, reportGuilty } from '../../../src/light/evidence.ts'
import { LightClient } from '../../../src/light/light-client.ts'
import { readLightFile } from '../../../src/light/light-file.ts'
import { SecondHistoryError } from '../../../src/light/second-history.ts'
import { History, type HistoryOptions, type Member, membersOf } from '../../fixtures/light-chain.ts'
import { quickCrypto, quickKey } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'
import { addrOf, MemoryNetwork, type MemoryServer } from './memory-network.ts'

const test = suite('light/second-history')

const set = membersOf('a', 'b', 'c', 'd')
const head = 60
const history = new History({ membersAt: () => set, signersAt: () => membersOf('a', 'b', 'c') })
const fork = (after: number, options: Partial<HistoryOptions> = {}) =>
  new History({
    membersAt: () => set,
    signersAt: () => membersOf('b', 'c', 'd'),
    forkOf: { history, after },
    ...options,
  })

const honest: MemoryServer = { history, head }

function opened(servers: Readonly<Record<string, MemoryServer>>, dir?: string, trust = history.chain) {
  const network = new MemoryNetwork(servers)
  const client = LightClient.open({
    network,
    crypto: quickCrypto,
    peers: Object.keys(servers).map(addrOf),
    trust,
    ...(dir === undefined ? {} : { dir }),
    accept: false,
    now: () => history.timeOf(head),
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  return { network, client }
}

async function conflict(client: Promise<LightClient>): Promise<SecondHistoryError> {
  try {
    await (await client).follow()
  } catch (error) {
    assert.instance(error, SecondHistoryError, (error as Error).stack)
    return error as SecondHistoryError
  }
  throw new Error('the second history was not detected')
}

const names = (members: readonly Member[]) => members.map(({ key }) => accountKeyText(toKey(key.publicKey))).sort()
const accused = ({ history: { guilty } }: SecondHistoryError) =>
  guilty.map(({ account }) => accountKeyText(account)).sort()

for (const [first, second] of [
  ['liar', 'honest'],
  ['honest', 'liar'],
] as const) {
  test(`two decided histories: one honest witness is enough, whoever is followed (${first})`, async () => {
    const servers: Record<string, MemoryServer> = { honest, liar: { history: fork(30), head } }
    const { client } = opened({ [first]: servers[first]!, [second]: servers[second]! })
    const error = await conflict(client)
    const { epoch, firstEpoch, sides, guilty, isThirdProven } = error.history
    assert.equal([epoch, firstEpoch, isThirdProven], [head, 31, true])
    assert.equal(accused(error), names(membersOf('b', 'c')))
    assert.ok(guilty.every(({ proof }) => proof?.offence === 'equivocation'))
    assert.equal(
      sides.map(({ peer, isDecided }) => [peer, isDecided]),
      [
        [first, true],
        [second, true],
      ],
    )
    for (const name of names(membersOf('b', 'c'))) assert.ok(error.message.includes(name), error.message)
    assert.match(error.message, /two histories[\s\S]*more than a third of the stake is proven guilty/)
  })
}

test('a set of their own making, entered by those who hold more than a third: told apart from what was decided', async () => {
  const own = membersOf('b', 'c', 'x')
  const liar = fork(30, { membersAt: epoch => (epoch > 30 ? own : set), signersAt: () => own })
  const { client } = opened({ liar: { history: liar, head }, honest })
  const error = await conflict(client)
  assert.equal(accused(error), names(membersOf('b', 'c')))
  const { sides, firstEpoch } = error.history
  assert.equal([sides.map(({ isDecided }) => isDecided), firstEpoch], [[false, true], 31])
  assert.match(error.message, /which the set in office did not decide/)
})

test('nothing of either history is stored', async () => {
  const dir = tempFolder()
  const early = opened({ one: { history, head: 20 } }, dir)
  await (await early.client).follow()
  const error = await conflict(opened({ liar: { history: fork(30), head }, honest }, dir).client)
  assert.is(error.code, 'second-history')
  assert.is((await readLightFile(dir))!.head.epoch, 20)
  assert.ok(existsSync(dir))
})

test('a history that parts before the trusted checkpoint is told from the genesis on', async () => {
  const { client } = opened({ honest, liar: { history: fork(10), head } }, undefined, history.cid(40))
  const error = await conflict(client)
  assert.equal([error.history.firstEpoch, accused(error)], [11, names(membersOf('b', 'c'))])
})

test('a witness that differs at the trusted checkpoint itself is heard', async () => {
  const { client } = opened({ honest, liar: { history: fork(10), head } }, undefined, history.cid(head))
  const error = await conflict(client)
  assert.equal([error.history.epoch, error.history.firstEpoch], [head, 11])
  assert.equal(accused(error), names(membersOf('b', 'c')))
})

test('another checkpoint that too few signed is no second history: its peer is dropped', async () => {
  for (const liars of [membersOf('b', 'c'), membersOf('d'), membersOf('x', 'y', 'z')]) {
    const membersAt = (epoch: number) => (epoch > 30 && liars.length === 3 ? liars : set)
    const liar = fork(30, { membersAt, signersAt: epoch => (epoch > 30 ? liars : set) })
    const { client, network } = opened({ honest, liar: { history: liar, head } })
    const { head: reached, witnesses, failures } = await (await client).follow()
    assert.equal([`${reached.cid}`, witnesses.length], [`${history.cid(head)}`, 0])
    assert.equal(network.dropped, ['liar'])
    assert.match(failures[0]!.code, /^follow-(certificate|prev|validators)$/, JSON.stringify(failures))
  }
})

test('at the trusted checkpoint itself, too, what too few signed is no second history', async () => {
  for (const liars of [membersOf('b', 'c'), membersOf('d')]) {
    const liar = fork(10, { signersAt: () => liars })
    const { client, network } = opened({ honest, liar: { history: liar, head } }, undefined, history.cid(head))
    assert.is(`${(await (await client).follow()).head.cid}`, `${history.cid(head)}`)
    assert.equal(network.dropped, ['liar'])
  }
})

/** Follows for five trusting periods, which are of 100 epochs here, and then meets who shows another history. */
async function afterLong(liarOf: (long: History) => History): Promise<{ client: LightClient; long: History }> {
  const long = new History({
    membersAt: () => set,
    signersAt: () => membersOf('a', 'b', 'c'),
    params: { unbonding: 200 },
  })
  const one: MemoryServer = { history: long, head: 1 }
  const other: MemoryServer = { history: liarOf(long), head: 1 }
  const dir = tempFolder()
  const given = {
    crypto: quickCrypto,
    dir,
    accept: false,
    now: () => long.timeOf(one.head),
    signal: new AbortController().signal,
    onProgress: () => {},
  }
  const alone = { ...given, network: new MemoryNetwork({ one }), peers: [addrOf('one')] }
  await (await LightClient.open({ ...alone, trust: long.chain })).follow()
  // The user's word is for the start of the first run.
  const network = new MemoryNetwork({ one, other })
  const client = await LightClient.open({ ...given, network, peers: ['one', 'other'].map(addrOf) })
  for (one.head = 20; one.head < 500; one.head += 20) {
    other.head = one.head
    await client.follow()
  }
  other.head = one.head
  return { client, long }
}

test('who follows for longer than the trusting period still finds out a second history', async () => {
  const { client } = await afterLong(long => fork(485, { params: long.params, forkOf: { history: long, after: 485 } }))
  const error = await conflict(Promise.resolve(client))
  assert.equal([error.history.epoch, error.history.firstEpoch], [500, 486])
  assert.equal(accused(error), names(membersOf('b', 'c')))
})

test('who follows for longer than the trusting period is not stopped by what anybody makes up', async () => {
  const liars = membersOf('d')
  const { client, long } = await afterLong(history =>
    fork(485, { params: history.params, forkOf: { history, after: 485 }, signersAt: () => liars }),
  )
  const { head: reached, failures } = await client.follow()
  assert.is(`${reached.cid}`, `${long.cid(500)}`)
  assert.equal(
    failures.map(({ peer }) => peer),
    ['other'],
  )
})

test('different rounds: who is in both is named, and that this alone proves nothing is said', async () => {
  const { client } = opened({ honest, liar: { history: fork(30, { round: 2 }), head } })
  const error = await conflict(client)
  assert.equal(accused(error), names(membersOf('b', 'c')))
  assert.equal([error.history.isThirdProven, evidenceLines(error.history.guilty)], [false, []])
  assert.match(error.message, /in different rounds/)
})

test('a peer that goes silent once it is found out leaves a shorter report, not a trusted head', async () => {
  let asked = 0
  const before = (protocol: string) => {
    if (protocol === 'headers' && ++asked > 2)
      throw new RequestError('broken-off', protocol, 'silent', 'the stream ended')
  }
  const silent: MemoryServer = { history: fork(30), head, before }
  const error = await conflict(opened({ honest, silent }).client)
  assert.equal([error.history.firstEpoch, accused(error)], [undefined, names(membersOf('b', 'c'))])
})

/** Serves the state that is under the roots of the honest history: nothing is in it yet. */
const proof = ({ parts }: ProofRequest): Uint8Array =>
  encodeProofAnswer(
    parts.map(part => {
      assert.is(part.type, 'state')
      const empty = stateProof(quickCrypto, { get: () => undefined }, (part as { key: string }).key)
      return encodePartAnswer(part, { value: null, proof: empty })
    }),
  )
const reporter = { crypto: quickCrypto, chain: history.chain, account: quickKey('reporter'), nowMs: 5 }

test('the evidence becomes lines for submit, and a batch at the end of the account’s chain', async () => {
  const { client } = opened({ honest, liar: { history: fork(30), head } })
  const { guilty } = (await conflict(client)).history
  const lines = evidenceLines(guilty).map(line => JSON.parse(line))
  assert.equal(
    lines.map(line => line.do),
    ['evidence', 'evidence'],
  )
  const frame = evidenceBatch(reporter, { seq: 3, head: history.cid(1) }, guilty)!
  const { seq, records } = openBatch(quickCrypto, history.chain, frame)
  assert.equal([seq, records.map(({ kind }) => kind)], [4, ['evidence', 'evidence']])
  assert.is(evidenceBatch(reporter, { seq: 0, head: null }, []), undefined)
})

for (const first of ['honest', 'liar'] as const) {
  test(`with a key the evidence is signed and handed to whoever shows where the account’s chain ends (${first} first)`, async () => {
    const servers: Record<string, MemoryServer> = {
      honest: { ...honest, proof },
      // Its state has another root: what it serves proves nothing under it.
      liar: { history: fork(30), head, proof },
      mute: honest,
    }
    const second = first === 'honest' ? 'liar' : 'honest'
    const { client, network } = opened({ [first]: servers[first]!, [second]: servers[second]!, mute: servers.mute! })
    const { guilty } = (await conflict(client)).history
    const reported = await reportGuilty(await client, reporter, guilty)
    assert.equal(reported, [{ peer: 'honest', outcome: 'accepted' }])
    assert.equal(
      network.submitted.map(({ peer }) => peer),
      ['honest'],
    )
    const { seq, prev, records } = openBatch(quickCrypto, history.chain, network.submitted[0]!.frame)
    assert.equal([seq, prev, records.length], [1, null, 2])
  })
}

test('whoever refuses the evidence says why', async () => {
  const submit = { outcome: 'refused', message: 'not now' } as const
  const { client } = opened({ honest: { ...honest, proof, submit }, liar: { history: fork(30), head } })
  const { guilty } = (await conflict(client)).history
  assert.equal(await reportGuilty(await client, reporter, guilty), [{ peer: 'honest', ...submit }])
})
