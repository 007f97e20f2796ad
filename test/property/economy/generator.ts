/** Whole economies from a seed: every kind of record, most of them valid, some failing on purpose. */
import { type Amount, type Ppm, ppmWhole } from '../../../consensus/amount.ts'
import { utf8 } from '../../../consensus/bytes.ts'
import { Cid, codecRaw } from '../../../consensus/cid.ts'
import { type FeeShares, type Params, testnetParams } from '../../../consensus/params.ts'
import { nativeCrypto } from '../../../src/crypto/native.ts'
import { ActionRef, type Draft, type DraftMap } from '../../../src/scenario/draft.ts'
import { type Random, randomFrom } from '../../sim/random.ts'
import { type Act, accountBytes, actorsMax, type Economy, type EconomyValidator, voteKeys } from './economy.ts'

/** A record that should stand; what is wrong on purpose isn't remembered. */
interface Thing {
  readonly number: number
  readonly kind: string
  readonly epoch: number
  readonly author: number
  owner: number
}

interface OpenSession {
  readonly number: number
  readonly payer: number
  readonly payee: number
  readonly epoch: number
  readonly expires: number
  readonly deposit: Amount
  total: Amount
  closed: boolean
  /** Numbers of the models and agents it pays for; empty: all. */
  readonly only: readonly number[]
}

export function economyFrom(seed: number): Economy {
  const random = randomFrom(seed)
  const actors = 3 + random.below(actorsMax - 2)
  const epochs = 3 + random.below(7)
  const params = someParams(random)
  const funds = Array.from({ length: actors }, () => (random.chance(0.15) ? 0 : random.below(1_000_000_000_000)))
  const validators = someValidators(random, actors)
  const acts = new Generator(random, funds, params, validators).write(epochs)
  const signers = Array.from({ length: epochs }, () =>
    validators.map(({ actor }) => actor).filter(() => random.chance(0.8)),
  )
  return { params, funds, validators, epochs, signers, acts }
}

function someParams(random: Random): Params {
  return {
    ...testnetParams,
    epochMs: 600_000,
    originFloor: 100_000 + random.below(300_000),
    ownerShareMax: random.below(200_001),
    inferenceShares: someShares(random),
    actionShares: someShares(random),
    attributionWindow: 1 + random.below(3),
    minStake: 1 + random.below(random.chance(0.5) ? 20 : 5_000_000_000),
    maxValidators: 3 + random.below(3),
    unbonding: 1 + random.below(3),
    slashDouble: random.pick([0, 1, 50_000, 333_333, 1_000_000]),
    maxFlowAssets: random.chance(0.7) ? 250_000 : 1 + random.below(6),
  }
}

function someShares(random: Random): FeeShares {
  if (random.chance(0.5)) return testnetParams.inferenceShares
  const data = 50_000 + random.below(500_000)
  const [operators, executor, builder] = someWeights(random, 3, 0, ppmWhole - data)
  return [operators!, executor!, builder!, data]
}

function someValidators(random: Random, actors: number): EconomyValidator[] {
  return Array.from({ length: 1 + random.below(3) }, (_, i) => ({
    actor: (i * 2) % actors,
    stake: 1 + random.below(random.chance(0.5) ? 10 : 10_000_000_000),
    commission: random.pick([0, 1, 333_333, 1_000_000, random.below(ppmWhole)]),
  })).filter(({ actor }, i, all) => all.findIndex(other => other.actor === actor) === i)
}

/** `count` integers from `least` up that sum to `whole`. */
export function someWeights(random: Random, count: number, least = 1, whole = ppmWhole): number[] {
  const free = whole - count * least
  const cuts = Array.from({ length: count - 1 }, () => random.below(free + 1)).sort((a, b) => a - b)
  return [...cuts, free].map((cut, i) => cut - (i === 0 ? 0 : cuts[i - 1]!) + least)
}

export function someContent(text: string): DraftMap {
  const bytes = utf8(text)
  return { content: Cid.of(nativeCrypto, bytes, codecRaw), size: bytes.length, media: 'text/plain' }
}

/** From 1 to 10^9, small ones as likely as large ones. */
const someAmount = (random: Random): Amount => Math.floor(10 ** (9 * random.next()))

/** Without its signature. One of two values, or nil. */
function someMessage(random: Random, epoch: number, type: number, round: number): DraftMap {
  const value = random.below(3)
  const checkpoint = value === 0 ? null : Cid.fromDigest(new Uint8Array(32).fill(value))
  return {
    type,
    epoch,
    round,
    checkpoint,
    validRound: checkpoint !== null && round > 0 && type === 1 ? random.below(2) - 1 : -1,
  }
}

const datas = ['contribution', 'refinement']
const builders = ['model', 'agent']

class Generator {
  readonly #random: Random
  readonly #actors: number
  readonly #params: Params
  readonly #acts: Act[] = []
  readonly #things: Thing[] = []
  readonly #sessions: OpenSession[] = []
  readonly #attributors = new Map<number, number>()
  /** Models that something was billed for, with the epoch. */
  readonly #billed = new Map<number, number>()
  /** By reviewed datanet: who may review. */
  readonly #reviewersOf = new Map<number, readonly number[]>()
  /** Datanets of contributions and refinements. */
  readonly #datanetOf = new Map<number, number>()
  /** Validators by actor, with the number of the vote key. */
  readonly #voteKeys: Map<number, number>
  /** Stake, as far as the generator can tell. */
  readonly #stakes: { readonly delegator: number; readonly validator: number; amount: Amount }[]
  /** What is left of the funds, as far as the generator can tell. */
  readonly #balances: Amount[]
  /** Whether the record that is being made has something wrong with it. */
  #isWrong = false
  #epoch = 0
  #author = 0
  #startsBatch = false

  constructor(random: Random, funds: readonly Amount[], params: Params, validators: readonly EconomyValidator[]) {
    this.#voteKeys = new Map(validators.map(({ actor }) => [actor, actor]))
    this.#stakes = validators.map(({ actor, stake }) => ({ delegator: actor, validator: actor, amount: stake }))
    this.#random = random
    this.#actors = funds.length
    this.#balances = [...funds]
    this.#params = params
  }

  write(epochs: number): Act[] {
    const steps = 2 + this.#random.below(5)
    for (this.#epoch = 1; this.#epoch <= epochs; this.#epoch++) {
      for (this.#author = 0; this.#author < this.#actors; this.#author++) {
        this.#startsBatch = true
        for (let i = this.#random.below(steps); i > 0; i--) this.#step()
        if (this.#random.chance(0.6)) this.#bill()
      }
    }
    return this.#acts
  }

  #step(): void {
    const early = this.#epoch <= 2
    const steps: readonly (readonly [weight: number, step: () => unknown])[] = [
      [early ? 8 : 1, () => this.#datanet()],
      [early ? 12 : 4, () => this.#contribution()],
      [8, () => this.#refinement(1 + this.#random.below(4))],
      [1, () => this.#tower()],
      [early ? 0.3 : 0, () => this.#crowd()],
      [4, () => this.#review()],
      [1, () => this.#reviewers()],
      [early ? 4 : 2, () => this.#model()],
      [2, () => this.#agent()],
      [2, () => this.#assign()],
      [5, () => this.#session()],
      [1, () => this.#close()],
      [2, () => this.#transfer()],
      [early ? 1 : 8, () => this.#attribution()],
      [early ? 1 : 8, () => this.#bill()],
      [1, () => this.#validator()],
      [4, () => this.#stake()],
      [3, () => this.#unstake()],
      [0.7, () => this.#evidence()],
      [0.7, () => this.#proposal()],
      [1.5, () => this.#ballot()],
    ]
    let at = this.#random.next() * steps.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, step] of steps) {
      if (at < weight) {
        step()
        return
      }
      at -= weight
    }
  }

  #put(draft: DraftMap, signed?: { signer: number; forged: boolean }): number {
    const number = this.#acts.length
    const startsBatch = this.#startsBatch || this.#random.chance(0.1)
    this.#acts.push({ number, epoch: this.#epoch, author: this.#author, draft, startsBatch, ...signed })
    this.#startsBatch = false
    const kind = draft.kind as string
    if (!this.#isWrong)
      this.#things.push({ number, kind, epoch: this.#epoch, author: this.#author, owner: this.#author })
    this.#isWrong = false
    return number
  }

  /** True with that probability: then something is wrong with the record. */
  #errs(probability: number): boolean {
    const errs = this.#random.chance(probability)
    this.#isWrong ||= errs
    return errs
  }

  /** Something of these kinds that the author can see; now and then any record at all. */
  #some(...kinds: string[]): ActionRef {
    const seen = this.#seen(kinds)
    if (seen.length > 0 && !this.#errs(0.01)) return new ActionRef(this.#random.pick(seen).number)
    this.#isWrong = true
    return new ActionRef(this.#random.below(this.#acts.length + 1))
  }

  #seen(kinds: readonly string[]): Thing[] {
    return this.#things.filter(
      ({ kind, epoch, author }) => kinds.includes(kind) && (epoch < this.#epoch || author === this.#author),
    )
  }

  /** At most `count` distinct refs with weights. */
  #weighted(count: number, least: Ppm, ...kinds: string[]): Draft[] {
    const refs = new Map<number, ActionRef>()
    for (let i = 0; i < count; i++) {
      const ref = this.#some(...kinds)
      refs.set(ref.action, ref)
    }
    const weights = someWeights(this.#random, refs.size, least)
    return [...refs.values()].map((ref, i) => [ref, weights[i]!])
  }

  #actor(): number {
    return this.#random.below(this.#actors)
  }

  #datanet(): void {
    const reviewed = this.#random.chance(0.3)
    const { originFloor, ownerShareMax } = this.#params
    const reviewers = reviewed ? this.#someActors() : []
    const number = this.#put({
      kind: 'datanet',
      name: 'net',
      admission: reviewed ? 'reviewed' : 'open',
      reviewers: reviewers.map(accountBytes),
      ownerShare: this.#errs(0.03) ? ownerShareMax + 1 : this.#random.below(ownerShareMax + 1),
      originShare: this.#errs(0.03)
        ? originFloor - 1
        : originFloor + this.#random.below(this.#random.chance(0.5) ? 1 : ppmWhole - originFloor + 1),
      refinerShare: this.#random.pick([0, ppmWhole, this.#random.below(ppmWhole)]),
    })
    if (reviewed) this.#reviewersOf.set(number, reviewers)
  }

  #someActors(): number[] {
    return Array.from({ length: this.#actors }, (_, actor) => actor).filter(() => this.#random.chance(0.6))
  }

  #content(): DraftMap {
    return someContent(this.#random.chance(0.2) ? `popular ${this.#random.below(3)}` : `text ${this.#acts.length}`)
  }

  #contribution(): number {
    if (this.#seen(['datanet']).length === 0) this.#datanet()
    const datanet = this.#some('datanet')
    const number = this.#put({ kind: 'contribution', datanet, ...this.#content() })
    this.#datanetOf.set(number, datanet.action)
    return number
  }

  #refinement(parents: number): void {
    if (this.#seen(datas).length === 0) this.#contribution()
    this.#refine(this.#weighted(parents, 15_625, ...datas))
  }

  #refine(parents: Draft[]): number {
    const datanet = this.#some('datanet')
    const number = this.#put({ kind: 'refinement', datanet, ...this.#content(), parents })
    this.#datanetOf.set(number, datanet.action)
    return number
  }

  /** Layers on layers, as an adversary would put them over somebody's data. */
  #tower(): void {
    if (this.#seen(datas).length === 0) this.#contribution()
    let top = this.#some(...datas)
    for (let height = 6 + this.#random.below(4); height > 0; height--) {
      const base: Draft[] = [[top, ppmWhole]]
      const mixed = this.#weighted(3, 15_625, ...datas)
      const isMixed = this.#random.chance(0.4) && this.#names(mixed, top)
      top = new ActionRef(this.#refine(isMixed ? mixed : base))
    }
  }

  #names(weighted: readonly Draft[], wanted: ActionRef): boolean {
    return weighted.some(entry => ((entry as Draft[])[0] as ActionRef).action === wanted.action)
  }

  /** More origins than a refinement keeps. */
  #crowd(): void {
    const refinements: number[] = []
    for (let group = 0; group < 3; group++) {
      const origins = Array.from({ length: 12 + this.#random.below(5) }, () => this.#contribution())
      const weights = someWeights(this.#random, origins.length, 15_625)
      refinements.push(this.#refine(origins.map((origin, i) => [new ActionRef(origin), weights[i]!])))
    }
    const weights = someWeights(this.#random, refinements.length, 15_625)
    this.#refine(refinements.map((parent, i) => [new ActionRef(parent), weights[i]!]))
  }

  #review(): void {
    const mine = this.#seen(datas).filter(({ number }) => this.#mayReview(this.#datanetOf.get(number)!))
    if (mine.length === 0 && !this.#errs(0.1)) return
    const asset = mine.length === 0 ? this.#some(...datas) : new ActionRef(this.#random.pick(mine).number)
    this.#put({ kind: 'review', asset, verdict: this.#random.chance(0.7) ? 'accept' : 'reject' })
  }

  #mayReview(datanet: number): boolean {
    return this.#reviewersOf.get(datanet)?.includes(this.#author) === true
  }

  #reviewers(): void {
    const reviewed = this.#seen(['datanet']).filter(
      ({ number, owner }) => owner === this.#author && this.#reviewersOf.has(number),
    )
    if (reviewed.length === 0 && !this.#errs(0.1)) return
    const datanet = reviewed.length === 0 ? this.#some('datanet') : new ActionRef(this.#random.pick(reviewed).number)
    const reviewers = this.#someActors()
    this.#put({ kind: 'reviewers', datanet, reviewers: reviewers.map(accountBytes) })
    if (reviewed.length > 0) this.#reviewersOf.set(datanet.action, reviewers)
  }

  /** Something the author owns, most of the time. */
  #own(...kinds: string[]): ActionRef {
    const own = this.#seen(kinds).filter(({ owner }) => owner === this.#author)
    return own.length === 0 || this.#random.chance(0.1)
      ? this.#some(...kinds)
      : new ActionRef(this.#random.pick(own).number)
  }

  #model(): void {
    if (this.#seen(['datanet']).length === 0) this.#datanet()
    const hasBase = this.#seen(['model']).length > 0 && this.#random.chance(0.5)
    const hasData = this.#random.chance(0.85)
    const attributor = this.#random.chance(0.35) ? this.#actor() : undefined
    const number = this.#put({
      kind: 'model',
      name: 'model',
      base: hasBase ? this.#weighted(1 + this.#random.below(3), 1, 'model') : undefined,
      baseShare: this.#random.chance(0.3) ? 0 : this.#random.below(ppmWhole + 1),
      minBaseShare: this.#random.chance(0.7) ? 0 : this.#random.below(ppmWhole / 2),
      data: hasData ? this.#weighted(1 + this.#random.below(4), 1, 'datanet', ...datas) : undefined,
      price: { in: 1, out: 2 },
      attributor: attributor === undefined ? undefined : accountBytes(attributor),
    })
    if (attributor !== undefined) this.#attributors.set(number, attributor)
  }

  #agent(): void {
    if (this.#seen(['model']).length === 0) this.#model()
    const models = this.#weighted(1 + this.#random.below(3), 1, 'model')
    this.#put({ kind: 'agent', name: 'agent', models, baseShare: this.#random.below(ppmWhole + 1) })
  }

  #assign(): void {
    if (this.#things.length === 0) return
    const asset = this.#own('datanet', ...datas, ...builders)
    const to = this.#actor()
    this.#put({ kind: 'assign', asset, to: accountBytes(to) })
    const thing = this.#things.find(({ number }) => number === asset.action)
    if (thing?.owner === this.#author) thing.owner = to
  }

  #session(): void {
    const payee = this.#actor()
    const affordable = Math.floor(this.#balances[this.#author]! * this.#random.next())
    const deposit = this.#errs(0.03) ? 10 ** 12 : Math.min(affordable, someAmount(this.#random) * 100)
    if (deposit === 0) return
    const ahead = this.#errs(0.05) ? this.#random.pick([0, 100_000]) : 1 + this.#random.below(8)
    const only = this.#random.chance(0.3) && this.#seen(builders).length > 0
    const refs = only ? this.#weighted(2, 1, ...builders).map(entry => (entry as Draft[])[0] as ActionRef) : []
    const expires = this.#epoch + ahead
    const fields = { payee: accountBytes(payee), deposit, expires, for: only ? refs : undefined }
    const isWrong = this.#isWrong
    const number = this.#put({ kind: 'session', ...fields })
    if (isWrong) return
    this.#balances[this.#author]! -= deposit
    const opened = { number, payer: this.#author, payee, epoch: this.#epoch, deposit, total: 0, closed: false }
    this.#sessions.push({ ...opened, expires, only: refs.map(({ action }) => action) })
  }

  #mySession(): OpenSession | undefined {
    const mine = this.#sessions.filter(
      ({ payee, epoch, expires, closed }) =>
        payee === this.#author && epoch < this.#epoch && expires >= this.#epoch && !closed,
    )
    const from = this.#random.chance(0.03) ? this.#sessions : mine
    return from.length === 0 ? undefined : this.#random.pick(from)
  }

  #close(): void {
    const parties = this.#sessions.filter(({ payer, payee }) => payer === this.#author || payee === this.#author)
    const from = parties.length === 0 || this.#random.chance(0.1) ? this.#sessions : parties
    if (from.length === 0) return
    const session = this.#random.pick(from)
    session.closed ||= session.payee === this.#author && session.epoch < this.#epoch
    this.#put({ kind: 'close', session: new ActionRef(session.number) })
  }

  #transfer(): void {
    const affordable = Math.floor(this.#balances[this.#author]! * this.#random.next())
    const amount = this.#errs(0.05) ? 10 ** 12 : Math.min(affordable, someAmount(this.#random))
    if (amount === 0) return
    if (!this.#isWrong) this.#balances[this.#author]! -= amount
    this.#put({ kind: 'transfer', to: accountBytes(this.#actor()), amount })
  }

  #attribution(): void {
    const mine = [...this.#attributors].filter(
      ([model, attributor]) => attributor === this.#author && (this.#billed.get(model) ?? this.#epoch) < this.#epoch,
    )
    if (this.#seen(datas).length === 0 || (mine.length === 0 && !this.#errs(0.1))) return
    const model = mine.length > 0 ? new ActionRef(this.#random.pick(mine)[0]) : this.#some('model')
    const uses = this.#weighted(1 + this.#random.below(4), 1, ...datas)
    this.#put({ kind: 'attribution', model, uses, method: 'influence' })
  }

  #validator(): void {
    const known = this.#voteKeys.get(this.#author)
    const key = known !== undefined && this.#random.chance(0.5) ? known : this.#random.below(voteKeys.length)
    const forged = this.#errs(0.1)
    this.#put(
      {
        kind: 'validator',
        key: voteKeys[key]!.publicKey,
        commission: this.#random.below(ppmWhole + 1),
        name: `validator ${this.#author}`,
      },
      { signer: forged ? (key + 1) % voteKeys.length : key, forged },
    )
    if (!forged) this.#voteKeys.set(this.#author, key)
  }

  #stake(): void {
    const validator = this.#random.chance(0.1) ? this.#actor() : this.#random.pick([...this.#voteKeys.keys()])
    const affordable = Math.floor(this.#balances[this.#author]! * this.#random.next())
    const amount = this.#errs(0.05) ? 10 ** 12 : Math.min(affordable, someAmount(this.#random) * 10)
    if (amount === 0) return
    if (!this.#isWrong) {
      this.#balances[this.#author]! -= amount
      this.#stakes.push({ delegator: this.#author, validator, amount })
    }
    this.#put({ kind: 'stake', validator: accountBytes(validator), amount })
  }

  #unstake(): void {
    const own = this.#stakes.filter(({ delegator, amount }) => delegator === this.#author && amount > 0)
    if (own.length === 0 && !this.#errs(0.1)) return
    const from = own.length === 0 ? { validator: this.#actor(), amount: 1 } : this.#random.pick(own)
    const amount = this.#random.chance(0.4) ? from.amount : 1 + this.#random.below(from.amount)
    from.amount -= amount
    this.#put({ kind: 'unstake', validator: accountBytes(from.validator), amount })
  }

  /** Of keys in office and others, of offences and what looks like one; often the same one twice. */
  #evidence(): void {
    const key = this.#random.chance(0.8)
      ? this.#random.pick([...this.#voteKeys.values()])
      : this.#random.below(voteKeys.length)
    const forged = this.#errs(0.1)
    const epoch = this.#errs(0.1) ? this.#epoch + 1 : 1 + this.#random.below(Math.min(3, this.#epoch))
    const isAmnesia = this.#random.chance(0.3)
    const first = someMessage(this.#random, epoch, isAmnesia ? 2 : 1, 0)
    const second = someMessage(this.#random, epoch, 1, isAmnesia ? 2 : 0)
    const signer = forged ? (key + 1) % voteKeys.length : key
    this.#put({ kind: 'evidence', key: voteKeys[key]!.publicKey, first, second }, { signer, forged })
  }

  #proposal(): void {
    const change = this.#random.pick<DraftMap>([{ burn: 1 }, { minStake: 5 }, { originFloor: 1 }])
    const isSpend = this.#random.chance(0.5)
    const what = isSpend ? { spend: { to: accountBytes(this.#actor()), amount: 5 } } : { changes: change }
    this.#put({ kind: 'proposal', ...what, reason: 'why not' })
  }

  #ballot(): void {
    if (this.#seen(['proposal']).length === 0) return
    this.#put({ kind: 'ballot', proposal: this.#some('proposal'), vote: this.#random.pick(['yes', 'no']) })
  }

  /** A voucher, most of the time, and what it pays for. */
  #bill(): void {
    const session = this.#mySession()
    if (session === undefined) return
    if (this.#random.chance(0.8)) this.#voucher(session)
    for (let i = this.#random.below(5); i > 0; i--) this.#use(session)
  }

  #voucher(session: OpenSession): void {
    const total = this.#errs(0.05)
      ? 1 + this.#random.below(session.total + 1)
      : session.total + Math.min(someAmount(this.#random), session.deposit)
    const forged = this.#errs(0.03)
    const signer = forged ? (session.payer + 1) % this.#actors : session.payer
    this.#put({ kind: 'voucher', session: new ActionRef(session.number), total }, { signer, forged })
    if (!forged) session.total = Math.max(session.total, total)
  }

  #use(session: OpenSession): void {
    const earner = this.#earner(session)
    const fee = this.#random.chance(0.7) ? 1 + this.#random.below(session.total / 4 + 1) : someAmount(this.#random)
    const hasUses = this.#seen(datas).length > 0 && this.#random.chance(0.8)
    const uses = hasUses ? this.#weighted(1 + this.#random.below(4), 1, ...datas) : undefined
    const bill = { session: new ActionRef(session.number), fee: Math.min(fee, 1_000_000_000), uses }
    const hash = new Uint8Array(32)
    if (this.#things.find(({ number }) => number === earner.action)?.kind === 'agent') {
      this.#put({ kind: 'action', agent: earner, result: hash, calls: [], ...bill })
    } else {
      this.#put({ kind: 'inference', model: earner, request: hash, response: hash, tokensIn: 1, tokensOut: 1, ...bill })
    }
    if (!this.#billed.has(earner.action)) this.#billed.set(earner.action, this.#epoch)
  }

  #earner(session: OpenSession): ActionRef {
    if (this.#seen(builders).length === 0) this.#model()
    if (session.only.length > 0 && !this.#errs(0.05)) return new ActionRef(this.#random.pick(session.only))
    const waiting = [...this.#attributors.keys()].filter(model => this.#seen(['model']).some(m => m.number === model))
    if (waiting.length > 0 && this.#random.chance(0.3)) return new ActionRef(this.#random.pick(waiting))
    return this.#some(...builders)
  }
}
