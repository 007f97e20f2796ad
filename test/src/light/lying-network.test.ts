// runs alone: a network of four validators, and a light node that starts over for each of hundreds of lies
import * as assert from 'uvu/assert'
import { certificateValue, decodeCertificate } from '../../../consensus/agreement/certificate.ts'
import { encodeValidatorSet } from '../../../consensus/agreement/validator-set.ts'
import { toKey, utf8 } from '../../../consensus/bytes.ts'
import { decode } from '../../../consensus/cbor/decode.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { Value, ValueMap } from '../../../consensus/cbor/value.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { Cid, codecRaw } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import {
  decodeProofAnswer,
  encodePartAnswer,
  encodeProofAnswer,
  type PartAnswer,
} from '../../../consensus/light/proof/answer.ts'
import type { ProofPart, ProofRequest } from '../../../consensus/light/proof/request.ts'
import type { LedgerRecord } from '../../../consensus/records/registry.ts'
import { voucherBytes } from '../../../consensus/records/voucher.ts'
import { refKey } from '../../../consensus/ref.ts'
import { startClient } from '../../../network/client.ts'
import { type HeaderFrame, headers } from '../../../network/protocols/headers.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { type Earnings, proveEarnings } from '../../../src/light/earnings.ts'
import { LightClient } from '../../../src/light/light-client.ts'
import type { Node } from '../../../src/node/node.ts'
import { type Heard, type Lie, LyingProxy } from '../../fixtures/lying-proxy.ts'
import { type Author, Nodes } from '../../fixtures/nodes.ts'
import { changesOf } from '../../fixtures/value-changes.ts'
import { suite } from '../../harness.ts'
import { randomFrom } from '../../sim/random.ts'

const test = suite('light/lying-network')
const slow = { deadlineMs: 180_000 }

const whole = 1_000_000
/** Each takes a light node from the genesis to the records, twice. */
const liesDrawn = 50
const nodes = new Nodes({ validators: 4 })
const [ana, bo, eve] = ['ana', 'bo', 'eve'].map(name => nodes.author(name)) as [Author, Author, Author]
let running: Node[]
let proxy: LyingProxy
let honest: string
/** What the truth comes to, and a whole correct exchange that proved it. */
let expected: Findings
let exchange: readonly Heard[]

interface Findings {
  readonly epoch: number
  readonly cid: string
  readonly credit: number
  readonly balance: number
  readonly payouts: readonly (readonly [epoch: number, amount: number, tree: string])[]
}

test.before(async () => {
  running = await nodes.startValidators(4)
  honest = running[1]!.network.addrs()[0]!
  await play()
  // Half of them can't decide anything: the ledger stays as it is for as long as it is lied about.
  await Promise.all(['val2', 'val3'].map(name => nodes.stop(name)))
  proxy = await LyingProxy.start(running[0]!.network.addrs()[0]!)
  const { findings, failures } = await prove([proxy.addr])
  assert.equal(failures, [])
  expected = findings
  exchange = proxy.heard
})
test.after(async () => {
  await proxy.stop()
  await nodes.stopAll()
})

/** Two epochs in which ana earns: as an origin, an owner and a builder. */
async function play(): Promise<void> {
  const put = async (author: Author, records: readonly LedgerRecord[]): Promise<Cid> => {
    const { bytes, cid } = author.write(records)
    await running[0]!.submit(bytes)
    await nodes.final(cid, running)
    return cid
  }
  const content = (text: string) =>
    ({ content: Cid.of(crypto, utf8(text), codecRaw), size: text.length, media: 'text/plain' }) as const
  const shares = { ownerShare: 100_000, originShare: 400_000, refinerShare: 300_000 }
  const made = await put(ana, [
    { kind: 'datanet', name: 'net', admission: 'open', reviewers: [], ...shares },
    { kind: 'contribution', datanet: [null, 0], ...content('one') },
    { kind: 'contribution', datanet: [null, 0], ...content('two') },
    {
      kind: 'model',
      name: 'm',
      baseShare: 0,
      minBaseShare: 0,
      data: [[[null, 0], whole]],
      price: { in: 1_000, out: 1_000 },
    },
  ])
  const payee = eve.key.publicKey
  const opened = await put(bo, [{ kind: 'session', payee, deposit: 1_000_000, expires: 1_000 }])
  for (const total of [60_000, 100_000]) {
    const signature = bo.key.sign(voucherBytes(nodes.chain, refKey(opened, 0), total))
    const bills = [0, 1, 2, 3].map(i => inference([opened, 0], [made, 3], i, [made, 1 + (i % 2)]))
    await put(eve, [{ kind: 'voucher', session: [opened, 0], total, signature }, ...bills])
  }
}

type FullRef = readonly [Cid, number]

function inference(session: FullRef, model: FullRef, i: number, asset: FullRef): LedgerRecord {
  const [request, response] = [1, 2].map(salt => new Uint8Array(32).fill(16 * salt + i)) as [Uint8Array, Uint8Array]
  const bill = { tokensIn: 100, tokensOut: 100, fee: 10_000 + i, uses: [[asset, whole]] } as const
  return { kind: 'inference', session, model, request, response, ...bill }
}

interface Proved {
  readonly findings: Findings
  /** Of the proxy alone. */
  readonly failures: readonly string[]
}

let seed = 100

/** A light node that knows nothing but the genesis follows, and proves all that ana earned. */
async function prove(peers: readonly string[]): Promise<Proved> {
  const network = await startClient({
    peerSeed: new Uint8Array(32)
      .fill(3)
      .with(0, seed >> 8)
      .with(1, seed++ & 255),
    agent: 'light/test',
  })
  try {
    const client = await LightClient.open({
      network,
      crypto,
      peers,
      trust: nodes.chain,
      accept: false,
      now: Date.now,
      signal: new AbortController().signal,
      onProgress: () => {},
    })
    await client.follow()
    const { head } = client
    const options = {
      account: ana.account,
      from: 1,
      to: head.epoch,
      way: 'deep',
      crypto,
      onProgress: () => {},
    } as const
    const earnings = await proveEarnings(client, options)
    const failures = client.peers.failures.filter(({ peer }) => peer === proxy.peer)
    return {
      findings: findingsOf(earnings),
      failures: failures.map(({ code, problem }) => `${code}: ${problem}`),
    }
  } finally {
    await network.stop()
  }
}

function findingsOf({ head, cell, epochs }: Earnings): Findings {
  return {
    epoch: head.epoch,
    cid: `${head.cid}`,
    credit: cell.credit,
    balance: cell.balance,
    payouts: epochs.map(({ epoch, payout, root }) => [epoch, payout.amount, JSON.stringify(root)]),
  }
}

/** What the lie was refused with; undefined where it changed nothing that matters. Whatever was believed is the truth. */
async function told(what: string, lie: Lie, peers = [proxy.addr, honest]): Promise<string | undefined> {
  proxy.tell(lie)
  const { findings, failures } = await prove(peers)
  const { cid, epoch, ...earned } = findings
  const { cid: _cid, epoch: _epoch, ...truth } = expected
  assert.is(cid, `${Cid.of(crypto, running[0]!.store.epochs.get(epoch)!.checkpoint)}`, what)
  assert.equal(earned, truth, what)
  return failures[0]
}

/** Only the answer at this place of the exchange is changed; what may be said of the failure. */
const named =
  /^(proof-\w+|follow-\w+|encoding|malformed|request|slow|unknown|unproven|no-peer|protocol|broken-off|cut-short|[\w-]+): /

const only =
  (place: number, change: (items: readonly Uint8Array[]) => readonly Uint8Array[]): Lie =>
  ({ items }, at) =>
    at === place ? change(items) : items

test('the exchange is a whole one: status, genesis, headers, proofs of two payouts down to their records', () => {
  const kinds = new Set(exchange.map(({ protocol }) => protocol))
  assert.equal([...kinds].sort(), ['genesis', 'headers', 'peers', 'proof', 'status'])
  assert.is(expected.payouts.length, 2)
  assert.ok(expected.credit > 0)
  const types = new Set(proofs().flatMap(({ request }) => request.parts.map(({ type }) => type)))
  assert.equal([...types].sort(), ['block', 'find', 'page', 'records', 'state', 'voucher'])
})

/** Those that were asked for proofs, with their places. */
function proofs(): { place: number; request: ProofRequest; items: readonly Uint8Array[] }[] {
  return exchange.flatMap(({ protocol, request, items }, place) =>
    protocol === 'proof' ? [{ place, request: request as ProofRequest, items }] : [],
  )
}

test(
  'fields dropped, repeated, swapped, moved, emptied; bytes flipped and cut; answers exchanged: drawn from all of the exchange',
  async () => {
    const random = randomFrom(4)
    const lies: [what: string, place: number, items: readonly Uint8Array[]][] = []
    for (const [place, { protocol, items }] of exchange.entries()) {
      const name = `${protocol} at ${place}`
      if (items.length === 0) continue
      const [item] = items as [Uint8Array]
      lies.push([`${name}: nothing`, place, []])
      lies.push([`${name}: cut`, place, [item.subarray(0, item.length - 1)]])
      const others = exchange.filter((other, i) => i !== place && other.protocol === protocol && other.items.length > 0)
      if (others.length > 0) lies.push([`${name}: another answer`, place, random.pick(others).items])
      for (let i = 0; i < 2; i++) {
        const at = random.below(item.length)
        lies.push([`${name}: byte ${at} flipped`, place, [item.with(at, item[at]! ^ (1 << random.below(8)))]])
      }
      const changes = [...changesOf(decode(item))]
      for (let i = 0; i < 3; i++) {
        const { what, value } = random.pick(changes)
        lies.push([`${name}: ${what}`, place, [encode(value)]])
      }
    }
    const drawn = Array.from({ length: liesDrawn }, () => random.pick(lies))
    let refused = 0
    for (const [what, place, items] of drawn) {
      const problem = await told(
        what,
        only(place, () => items),
      )
      if (problem === undefined) continue
      refused++
      assert.match(problem, named, what)
    }
    // The rest is what peers say of themselves, and addresses.
    assert.ok(refused > 0.6 * drawn.length, `${refused} of ${drawn.length}`)
  },
  slow,
)

const frameOf = (item: Uint8Array): HeaderFrame => headers.item.decode(item)
/** In every light block, whatever was asked. */
const reheaded =
  (change: (frame: HeaderFrame) => HeaderFrame): Lie =>
  ({ protocol, items }) =>
    protocol === 'headers' ? items.map(item => headers.item.encode(change(frameOf(item)))) : items

const recertified = (change: (value: ValueMap) => object): Lie =>
  reheaded(frame => {
    if (frame.certificate.length === 0) return frame
    const value = certificateValue(decodeCertificate(frame.certificate)) as ValueMap
    return { ...frame, certificate: encode({ ...value, ...change(value) } as Value) }
  })
const signaturesOf = ({ signatures }: ValueMap) => signatures as readonly Value[]

const lies: readonly (readonly [what: string, problem: RegExp, lie: () => Lie])[] = [
  [
    'an old checkpoint',
    /^follow-epoch/,
    () => async (heard, _at) => {
      const { request } = heard
      if (heard.protocol !== 'headers' || !('epochs' in (request as object))) return heard.items
      return await proxy.truth('headers', { epochs: [1], known: [] })
    },
  ],
  [
    'one signer twice',
    /^malformed.*each validator once/,
    () => recertified(value => ({ signatures: [signaturesOf(value)[0], ...signaturesOf(value)] })),
  ],
  [
    'too little stake',
    /^follow-certificate.*no-quorum/,
    () => recertified(value => ({ signatures: signaturesOf(value).slice(0, 2) })),
  ],
  ['a certificate of another kind', /^follow-commit/, () => recertified(() => ({ type: 1 }))],
  ['a certificate of another round', /^follow-certificate.*bad-signature/, () => recertified(() => ({ round: 9 }))],
  [
    'the wrong set',
    /^malformed: header.blocks \(validators\)/,
    () =>
      reheaded(frame => {
        const own = { account: toKey(eve.key.publicKey), key: eve.key.publicKey, stake: 5 }
        return { ...frame, blocks: frame.blocks.map((block, i) => (i === 0 ? encodeValidatorSet([own]) : block)) }
      }),
  ],
  [
    'roots that nobody signed',
    /^follow-commit/,
    () =>
      reheaded(frame => ({
        ...frame,
        checkpoint: encodeCheckpoint({ ...decodeCheckpoint(frame.checkpoint), stateRoot: new Uint8Array(32).fill(1) }),
      })),
  ],
  [
    'another account’s state',
    /^proof-/,
    () => asked(part => (part.type === 'state' ? { ...part, key: part.key.slice(0, 1) + eve.account } : part)),
  ],
  ['another account’s payout', /^proof-/, () => asked(part => (isPayout(part) ? { ...part, key: eve.account } : part))],
  ['another epoch’s payout', /^proof-/, () => otherEpoch],
  ['a payout that is said not to be', /^proof-/, () => answered(isPayout, () => ({ before: null, after: null }))],
  [
    'a credit line left out, and the rest summed anew',
    /^proof-root/,
    () => answered(isLines, answer => withoutLast(answer as { leaves: Leaves })),
  ],
  [
    'a record left out of those that paid, and the rest summed anew',
    /^proof-(root|sum)/,
    () => answered(isRecords, answer => withoutLast(answer as { leaves: Leaves })),
  ],
]

type Leaves = readonly (readonly [leaf: Uint8Array, value: number | bigint])[]

const isPayout = (part: ProofPart) => part.type === 'find' && part.tree.name === 'payouts'
const isLines = (part: ProofPart) => part.type === 'page' && part.tree.name === 'lines'
const isRecords = (part: ProofPart) =>
  part.type === 'page' && (part.tree.name === 'use-records' || part.tree.name === 'fee-records')

/** What it said goes to the last of those that are left. */
function withoutLast({ leaves }: { leaves: Leaves }): PartAnswer {
  if (leaves.length < 2) return { count: 0, leaves: [] }
  const [leaf, value] = leaves.at(-2)!
  const sum = typeof value === 'bigint' ? value + BigInt(leaves.at(-1)![1]) : value + Number(leaves.at(-1)![1])
  return { count: leaves.length - 1, leaves: [...leaves.slice(0, -2), [leaf, sum]] } as PartAnswer
}

/** Answers another question than the one that was asked. */
function asked(change: (part: ProofPart) => ProofPart): Lie {
  return ({ protocol, request, items }) => {
    if (protocol !== 'proof') return items
    const { epoch, parts } = request as ProofRequest
    return proxy.truth('proof', { epoch, parts: parts.map(change) })
  }
}

const otherEpoch: Lie = ({ protocol, request, items }) => {
  if (protocol !== 'proof') return items
  const { epoch, parts } = request as ProofRequest
  if (!parts.some(isPayout)) return items
  const [newest, oldest] = expected.payouts.map(([paidIn]) => paidIn) as [number, number]
  return proxy.truth('proof', { epoch: epoch === newest ? oldest : newest, parts })
}

/** Changes what such a part is answered with. */
function answered(is: (part: ProofPart) => boolean, change: (answer: PartAnswer) => PartAnswer): Lie {
  return ({ protocol, request, items }) => {
    if (protocol !== 'proof') return items
    const { parts } = request as ProofRequest
    const answers = decodeProofAnswer(parts, items[0]!)
    const changed = answers.map((answer, i) => (answer !== null && is(parts[i]!) ? change(answer) : answer))
    return [encodeProofAnswer(changed.map((answer, i) => encodePartAnswer(parts[i]!, answer)))]
  }
}

for (const [what, problem, lie] of lies) {
  test(`${what}: refused by name, and an honest peer is asked; alone, the liar gets nowhere`, async () => {
    const said = (await told(what, lie())) ?? 'believed'
    assert.ok(problem.test(said), said)
    proxy.tell(lie())
    const error = await onlyLiar()
    assert.instance(error, LedgerError)
    assert.is((error as LedgerError).code, 'no-peer')
  })
}

/** Whom the proxy tells of are honest: it keeps them to itself. */
async function onlyLiar(): Promise<unknown> {
  const lie = proxy.lie
  proxy.tell((heard, at) => (heard.protocol === 'peers' ? [] : (lie?.(heard, at) ?? heard.items)))
  return await prove([proxy.addr]).catch((error: unknown) => error)
}

test(
  'who falls silent in the middle, or answers without end, is left for another within a bounded time',
  async () => {
    const silence: Lie = ({ protocol, items }) => (protocol === 'proof' ? new Promise(() => {}) : items)
    assert.match((await told('silence', silence))!, /^slow: no answer within/)
    const flood: Lie = ({ protocol, items }) => (protocol === 'proof' ? [new Uint8Array(2 * 1024 * 1024)] : items)
    assert.match((await told('one item too large', flood))!, /malformed.*frame/)
    const endless: Lie = ({ protocol, items }) =>
      protocol === 'headers' ? Array.from({ length: 5_000 }, () => items[0]!) : items
    assert.ok(await told('items without end', endless))
  },
  slow,
)
