/**
 * Plays a scenario on paper: what a runner and its nodes would finalize, epoch by epoch, with refs and keys that are made
 * from names. It lets the oracle be tried, and scenario files be checked, without a ledger.
 */
import { createHash } from 'node:crypto'
import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'
import { create as digest } from 'multiformats/hashes/digest'
import { formatOpen, parseOpen } from './amount.ts'
import type { Account, RecordLine, Ref } from './records.ts'

/** One line of a scenario file. */
export interface ScenarioLine {
  readonly actor?: string
  readonly do: string
  readonly as?: string
  readonly [field: string]: unknown
}

export interface Played {
  readonly records: readonly RecordLine[]
  /** By actor. */
  readonly accounts: ReadonlyMap<string, Account>
  /** What the genesis gives, in OPEN. */
  readonly funds: Readonly<Record<Account, string>>
  readonly refs: ReadonlyMap<string, Ref>
  /** Vouchers that stand in no line of the file. */
  readonly ownVouchers: ReadonlySet<Ref>
  /** The last one that a line is in. */
  readonly epochs: number
  /** Epochs, but for those that were leapt over. */
  readonly stages: number
}

/** A line on its way: its author isn't always its actor. */
interface Pending {
  readonly line: ScenarioLine
  readonly author: string
  readonly number: number
  readonly own: boolean
}

const SHA2_256 = 0x12
const DAG_CBOR = 0x71
const RAW = 0x55
const PPM_FIELDS = ['ownerShare', 'originShare', 'refinerShare', 'baseShare', 'minBaseShare', 'commission']
const WEIGHT_FIELDS = ['base', 'data', 'parents', 'uses', 'models']
const SESSION_EPOCHS = 100_000
const DEFAULTS: Readonly<Record<string, object>> = {
  datanet: { admission: 'open', reviewers: [], ownerShare: 0, originShare: 0.3, refinerShare: 0.3 },
  model: { base: [], baseShare: 0, minBaseShare: 0, data: [] },
  agent: { baseShare: 0 },
}

const cid = (codec: number, text: string): string =>
  CID.createV1(codec, digest(SHA2_256, createHash('sha256').update(text).digest())).toString()

const ppm = (share: unknown): number => Math.round(Number(share) * 1e6)

export function accountOf(actor: string): Account {
  const key = createHash('sha256').update(`actor ${actor}`).digest()
  return `did:key:${base58btc.encode(Uint8Array.of(0xed, 0x01, ...key))}`
}

/** After which stage how many epochs pass without records. */
export type Leaps = readonly (readonly [after: number, epochs: number])[]

/** A barrier ends an epoch at the least; lines that point to what isn't final yet wait for the next one. */
export function play(lines: readonly ScenarioLine[], leaps: Leaps = []): Played {
  const stage = new Stage(leaps)
  for (const { line } of withNumbers(lines)) stage.cast(line)
  for (const segment of segments(withVouchers(withNumbers(lines)))) stage.perform(segment)
  return stage
}

const withNumbers = (lines: readonly ScenarioLine[]): Pending[] =>
  lines.map((line, i) => ({ line, author: line.actor ?? '', number: i + 1, own: false }))

/** The payee submits what the payer vouches for; without voucher lines, each bill is vouched for just before it. */
function withVouchers(pending: readonly Pending[]): Pending[] {
  const sessions = new Map<string, { payee: string; payer: string; deposit: bigint; written: boolean; total: bigint }>()
  for (const { line, author } of pending) {
    if (line.do !== 'session') continue
    const written = pending.some(other => other.line.do === 'voucher' && other.line.session === `@${line.as}`)
    const payee = String(line.payee).slice(2)
    sessions.set(`@${line.as}`, { payee, payer: author, deposit: parseOpen(String(line.deposit)), written, total: 0n })
  }
  return pending.flatMap(item => {
    const session = sessions.get(String(item.line.session))
    if (session === undefined) return [item]
    if (item.line.do === 'voucher') return [{ ...item, author: session.payee }]
    if (session.written || (item.line.do !== 'inference' && item.line.do !== 'action')) return [item]
    session.total += parseOpen(String(item.line.fee))
    if (session.total > session.deposit) return [item]
    const line = { actor: session.payer, do: 'voucher', session: item.line.session, total: formatOpen(session.total) }
    return [{ ...item, line, own: true }, item]
  })
}

function segments(pending: readonly Pending[]): Pending[][] {
  const all: Pending[][] = [[]]
  for (const item of pending) {
    if (item.line.do === 'wait') all.push([])
    else if (item.line.do !== 'fund') all.at(-1)?.push(item)
  }
  return all
}

class Stage implements Played {
  readonly records: RecordLine[] = []
  readonly accounts = new Map<string, Account>()
  readonly funds: Record<Account, string> = {}
  readonly refs = new Map<string, Ref>()
  readonly ownVouchers = new Set<Ref>()
  stages = 0
  epochs = 0
  readonly #leaps: ReadonlyMap<number, number>
  readonly #made = new Map<string, { author: string; epoch: number }>()
  readonly #counts = new Map<string, number>()

  constructor(leaps: Leaps) {
    this.#leaps = new Map(leaps)
  }

  /** Everybody who acts or is named has an account. */
  cast(line: ScenarioLine): void {
    const names = line.actor === undefined ? [] : [line.actor]
    visit(line, text => {
      if (text.startsWith('@@')) names.push(text.slice(2))
    })
    for (const name of names) this.accounts.set(name, accountOf(name))
    if (line.do !== 'fund') return
    const account = accountOf(line.actor ?? '')
    this.funds[account] = formatOpen(parseOpen(this.funds[account] ?? '0') + parseOpen(String(line.amount)))
  }

  perform(segment: readonly Pending[]): void {
    const queues = [...Map.groupBy(segment, item => item.author).values()]
    do {
      this.epochs += 1 + (this.#leaps.get(this.stages) ?? 0)
      this.stages++
      const before = this.records.length
      for (const queue of queues) {
        while (queue[0] !== undefined && this.#isReady(queue[0])) this.#submit(queue.shift() as Pending)
      }
      const stuck = queues.find(queue => queue.length > 0)?.[0]
      if (stuck !== undefined && this.records.length === before) {
        throw new Error(`line ${stuck.number}: points to what no earlier line made: ${JSON.stringify(stuck.line)}`)
      }
    } while (queues.some(queue => queue.length > 0))
  }

  #isReady({ line, author }: Pending): boolean {
    let ready = true
    visit(line, text => {
      if (!text.startsWith('@') || text.startsWith('@@')) return
      const made = this.#made.get(text.slice(1))
      if (made === undefined || (made.epoch === this.epochs && made.author !== author)) ready = false
    })
    return ready
  }

  #submit({ line, author, own }: Pending): void {
    const batch = `batch ${author} ${this.epochs}`
    const index = this.#counts.get(batch) ?? 0
    this.#counts.set(batch, index + 1)
    const ref = `${cid(DAG_CBOR, batch)}/${index}`
    if (own) this.ownVouchers.add(ref)
    if (line.as !== undefined) {
      this.refs.set(line.as, ref)
      this.#made.set(line.as, { author, epoch: this.epochs })
    }
    const { actor: _, do: kind, as: label, ...fields } = withVoteKey(line)
    const resolved = this.#resolve({ ...DEFAULTS[kind], ...fields })
    if (kind === 'session') resolved.expires ??= this.epochs + SESSION_EPOCHS
    const record = { epoch: this.epochs, ref, author: accountOf(author), kind, ...resolved }
    this.records.push(record as unknown as RecordLine)
  }

  #resolve(fields: Record<string, unknown>): Record<string, unknown> {
    const resolved: Record<string, unknown> = {}
    for (const [field, value] of Object.entries(fields)) {
      if (PPM_FIELDS.includes(field)) resolved[field] = ppm(value)
      else if (WEIGHT_FIELDS.includes(field)) {
        resolved[field] = (value as [string, number][]).map(([name, share]) => [this.#named(name), ppm(share)])
      } else if (field === 'content') resolved[field] = cid(RAW, (value as { text: string }).text)
      else if (field === 'spend') resolved[field] = this.#resolve(value as Record<string, unknown>)
      else if (Array.isArray(value)) resolved[field] = value.map(item => this.#named(item))
      else resolved[field] = this.#named(value)
    }
    return resolved
  }

  #named(value: unknown): unknown {
    if (typeof value !== 'string' || !value.startsWith('@')) return value
    return value.startsWith('@@') ? this.accounts.get(value.slice(2)) : this.refs.get(value.slice(1))
  }
}

/** Vote keys by their owners' accounts, as in the oracle's genesis; what they signed twice in an epoch. */
function withVoteKey(line: ScenarioLine): ScenarioLine {
  const { vote = line.actor, epoch, ...fields } = line
  const key = `of ${accountOf(String(vote))}`
  if (line.do === 'validator') return { commission: 0, ...fields, key } as ScenarioLine
  if (line.do !== 'evidence') return line
  const prevote = { type: 'prevote', epoch, round: 0, validRound: -1 }
  return {
    ...fields,
    key,
    first: { ...prevote, checkpoint: null },
    second: { ...prevote, checkpoint: 'x' },
  } as ScenarioLine
}

function visit(value: unknown, see: (text: string) => void): void {
  if (typeof value === 'string') see(value)
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) visit(inner, see)
}
