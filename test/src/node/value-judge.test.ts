import * as assert from 'uvu/assert'
import { encodeCertificate } from '../../../consensus/agreement/certificate.ts'
import { nameValue, type ProposedValue } from '../../../consensus/agreement/proposal.ts'
import { Cid } from '../../../consensus/cid.ts'
import type { Cut } from '../../../consensus/cut.ts'
import { CutError } from '../../../consensus/ledger/cut-rules.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { ValueJudge } from '../../../src/node/value-judge.ts'
import { LoneLedger } from '../../fixtures/lone-ledger.ts'
import { type Author, Nodes, type Signed } from '../../fixtures/nodes.ts'
import { suite } from '../../harness.ts'
import { tempFolder } from '../temp-folder.ts'

const test = suite('node/value-judge')
const mib = 1024 * 1024
const nodes = new Nodes({ params: { maxEpochBytes: 4 * mib } })
const live = new AbortController().signal

class Court {
  readonly lone: LoneLedger
  /** Whether peers have what is missing. */
  isComplete = true
  /** What the cut is known to break before it is here. */
  broken: Error | undefined
  now: number

  constructor(lone: LoneLedger) {
    this.lone = lone
    this.now = lone.ledger.head.time + 5_000
  }

  judge(value: ProposedValue, { fresh = true, round = 0 } = {}): Promise<string | undefined> {
    const judge = new ValueJudge({
      ledger: this.lone.ledger,
      fetcher: {
        completeProposed: async () => {
          if (this.broken !== undefined) throw this.broken
          return this.isComplete
        },
      },
      context: () => this.lone.context(),
      now: () => this.now,
    })
    return judge.judge(value, { ...nameValue(crypto, value), round, fresh }, 'peer', live)
  }

  async take(...batches: Signed[]): Promise<void> {
    for (const { bytes } of batches) await this.lone.ingest.take(bytes, { durable: false })
  }

  async decide(cut: Cut = []): Promise<void> {
    await this.lone.ledger.finalize(this.lone.decided(await this.lone.value(cut)))
  }
}

async function court(body: (court: Court) => Promise<void>): Promise<void> {
  const lone = await LoneLedger.open(nodes, tempFolder())
  await body(new Court(lone))
  await lone.close()
}

const cutOf = (author: Author, { seq, cid }: Signed): Cut => [{ author: author.account, seq, batch: cid }]

test('T4: a true value is valid, fresh or proposed again, empty or not', () =>
  court(async court => {
    const ana = nodes.author('ana')
    const batch = ana.transfer()
    await court.take(batch)
    for (const cut of [[], cutOf(ana, batch)]) {
      const value = await court.lone.value(cut)
      assert.is(await court.judge(value), undefined)
      assert.is(await court.judge(value, { fresh: false, round: 3 }), undefined)
    }
    await court.decide(cutOf(ana, batch))
    assert.is(await court.judge(await court.lone.value([])), undefined)
  }))

test('a value of another chain, not on the head, or none at all is refused', () =>
  court(async court => {
    const other = Cid.fromDigest(new Uint8Array(32))
    const { lone } = court
    assert.is(await court.judge(await lone.value([], { chain: other })), 'another chain')
    assert.is(await court.judge(await lone.value([], { prev: other })), 'not on the head')
    const garbage = { ...(await lone.value([])), checkpoint: Uint8Array.of(0xf6) }
    assert.is(await court.judge(garbage), 'malformed checkpoint')
    const first = await lone.value([])
    await court.decide()
    assert.is(await court.judge(first), 'not on the head')
  }))

test('T10: not later than the checkpoint before is wrong for ever, ahead of the clock only while it is fresh', () =>
  court(async court => {
    const { lone } = court
    const { time } = lone.ledger.head
    assert.match((await court.judge(await lone.value([], { time }), { fresh: false }))!, 'T10: not later')
    assert.is(await court.judge(await lone.value([], { time: time + 1 })), undefined)
    assert.is(await court.judge(await lone.value([], { time: court.now + 10_000 })), undefined)
    const early = await lone.value([], { time: court.now + 10_001 })
    assert.is(await court.judge(early), 'T10: ahead of the clock')
    assert.is(await court.judge(early, { fresh: false }), undefined)
  }))

test('T4: the last certificate is the one that made the head final', () =>
  court(async court => {
    const { lone } = court
    await court.decide()
    const good = await lone.value([])
    const { head } = lone.ledger
    const renamed = async (block: Uint8Array) => ({
      ...(await lone.value([], { lastCertificate: Cid.of(crypto, block) })),
      lastCertificate: block,
    })
    const certificate = head.certificate!
    const thin = encodeCertificate({ ...certificate, signatures: certificate.signatures.slice(0, 2) })
    const forged = encodeCertificate({
      ...certificate,
      signatures: certificate.signatures.map(([index]) => [index, new Uint8Array(64)]),
    })
    const cases: [string, ProposedValue][] = [
      ['no last certificate', { ...good, lastCertificate: null }],
      ['another last certificate than it names', { ...good, lastCertificate: thin }],
      ['no-quorum', await renamed(thin)],
      ['bad-signature', await renamed(forged)],
      ['a last certificate of something else', await renamed(encodeCertificate({ ...certificate, epoch: 7 }))],
    ]
    for (const [refusal, value] of cases) assert.is(await court.judge(value), refusal)
    assert.match((await court.judge(await renamed(Uint8Array.of(0xf6))))!, 'certificate')
    // Others may hold more signatures of the same decision.
    const full = lone.decided({ checkpoint: lone.store.epochs.get(1)!.checkpoint, cut: [], lastCertificate: null }, 3)
    assert.is(await court.judge(await renamed(full.certificateBlock)), undefined)
  }))

test('T4: a root that execution does not come to is refused, each by its name', () =>
  court(async court => {
    const wrong = new Uint8Array(32)
    for (const field of ['batchesRoot', 'flowRoot', 'payoutRoot', 'stateRoot'] as const)
      assert.is(await court.judge(await court.lone.value([], { [field]: wrong }), { fresh: false }), `another ${field}`)
    const link = Cid.fromDigest(wrong)
    for (const field of ['validators', 'nextValidators', 'params'] as const)
      assert.is(await court.judge(await court.lone.value([], { [field]: link })), `another ${field}`)
    const totals = { fees: 1, paid: 0, waiting: 0, accrued: 0, treasury: 0 }
    assert.is(await court.judge(await court.lone.value([], { totals })), 'another totals')
  }))

test('T4: without every batch there is no verdict yet', () =>
  court(async court => {
    const ana = nodes.author('ana')
    const batch = ana.transfer()
    const value = { ...(await court.lone.value([])), cut: cutOf(ana, batch) }
    court.isComplete = false
    assert.is(await court.judge(value), 'missing')
    court.isComplete = true
    assert.is(await court.judge(value), 'missing', 'the engine misses it as well')
    await court.take(batch)
    assert.match((await court.judge(value))!, 'another batchesRoot')
  }))

test('a cut that is known to break a rule before it is here is refused with it, fresh or not', () =>
  court(async court => {
    const value = await court.lone.value([])
    court.broken = new CutError('unaffordable', 'an author cannot pay for its bytes')
    for (const fresh of [true, false]) assert.is(await court.judge(value, { fresh }), court.broken.message)
    court.broken = new Error('no space left')
    assert.is(await court.judge(value).catch((error: Error) => error), court.broken)
  }))

test('a cut that breaks a rule is refused with it', () =>
  court(async court => {
    const ana = nodes.author('ana')
    const [first, second] = [ana.transfer(), ana.transfer()]
    await court.take(first, second)
    const empty = await court.lone.value([])
    const outOfPlace = { ...empty, cut: [{ author: ana.account, seq: 1, batch: second.cid }] }
    assert.match((await court.judge(outOfPlace, { fresh: false }))!, 'out of its place')
    const bo = nodes.author('bo')
    const stolen = { ...empty, cut: [{ author: bo.account, seq: 1, batch: first.cid }] }
    assert.match((await court.judge(stolen, { fresh: false }))!, 'another author')
  }))

test('T5, T11: a fresh cut fits its round and leaves nobody out; one with a polka may do both', () =>
  court(async court => {
    const { lone } = court
    const memo = 'x'.repeat(250)
    const wide = (author: Author): Signed =>
      author.write(
        Array.from({ length: 1_000 }, () => ({ kind: 'transfer', to: author.key.publicKey, amount: 1, memo }) as const),
      )
    const [ana, bo] = [nodes.author('ana'), nodes.author('bo')]
    const batches = [ana, ana, bo, bo].map(wide)
    await court.take(...batches)
    const cut = [...cutOf(ana, batches[1]!), ...cutOf(bo, batches[3]!)].sort((a, b) => (a.author < b.author ? -1 : 1))
    const value = await lone.value(cut)
    assert.is(await court.judge(value, { round: 1 }), undefined)
    assert.is(await court.judge(value, { round: 2 }), 'T5: too large for its round')
    assert.is(await court.judge(value, { round: 2, fresh: false }), undefined)
    await court.decide()
    const early = await lone.value(cutOf(ana, batches[1]!))
    assert.is(await court.judge(early), undefined, 'held for one decision')
    await court.decide()
    const late = await lone.value(cutOf(ana, batches[1]!))
    assert.match((await court.judge(late))!, /^T11: leaves out batch/)
    assert.is(await court.judge(late, { round: 1 }), undefined)
    assert.is(await court.judge(late, { fresh: false }), undefined)
    assert.is(await court.judge(await lone.value(cut)), undefined)
  }))
