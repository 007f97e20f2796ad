import { createInterface } from 'node:readline'
import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import type { BatchBytes } from '../../consensus/batch.ts'
import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import type { ErrorBody } from './api-error.ts'
import { type Call, type Endpoint, HttpCaller } from './http-call.ts'
import type { Names } from './names.ts'
import type {
  AccountStatus,
  AuthorStatus,
  EpochRange,
  EpochStatus,
  EpochWait,
  Explanation,
  ExportKind,
  ExportLine,
  NodeStatus,
  OpenView,
  Payouts,
  RecordStatus,
  Subject,
  SubmitStatus,
  Supply,
} from './node-view.ts'
import { subjectText } from './subject.ts'
import { encodeSubmit, submitMediaType } from './submit-body.ts'

/** Answers that must be worked out (explain, payouts of many accounts) take a while; silence for longer is none. */
const timeoutMsDefault = 30_000
/** What an answer may take beyond the wait that was asked for. */
const waitMarginMs = 3_000

export interface ClientOptions {
  readonly timeoutMs?: number
}

/** A node seen over its API. */
export class NodeClient implements OpenView {
  readonly #http: HttpCaller
  readonly #timeoutMs: number

  constructor(endpoint: Endpoint, { timeoutMs = timeoutMsDefault }: ClientOptions = {}) {
    this.#http = new HttpCaller(endpoint)
    this.#timeoutMs = timeoutMs
  }

  status(): Promise<NodeStatus> {
    return this.#get('/v1/status')
  }

  names(): Promise<Names> {
    return this.#get('/v1/names')
  }

  payouts(epoch?: number): Promise<Payouts> {
    return this.#get(`/v1/payouts${query({ epoch })}`)
  }

  account(account: AccountKey): Promise<AccountStatus | undefined> {
    return orUndefined('not-found', this.#get(`/v1/accounts/${accountKeyText(account)}`))
  }

  author(account: AccountKey): Promise<AuthorStatus> {
    return this.#get(`/v1/authors/${accountKeyText(account)}`)
  }

  record(batch: Cid, index: number): Promise<RecordStatus | undefined> {
    return orUndefined('not-found', this.#get(`/v1/records/${batch}/${index}`))
  }

  epoch(epoch: number, wait?: EpochWait): Promise<EpochStatus | undefined> {
    const waitMs = wait?.waitMs ?? 0
    const path = `/v1/epochs/${epoch}${query({ wait: wait?.waitMs })}`
    const signal = wait?.signal
    const timeoutMs = waitMs + Math.min(this.#timeoutMs, waitMarginMs)
    const status = this.#json<EpochStatus>({ method: 'GET', path, timeoutMs, ...(signal && { signal }) })
    return orUndefined('not-yet', status).catch(error => {
      if (signal?.aborted) return undefined
      throw error
    })
  }

  supply(): Promise<Supply> {
    return this.#get('/v1/supply')
  }

  explain(subject: Subject, epoch?: number): Promise<Explanation | undefined> {
    return orUndefined('not-found', this.#get(`/v1/explain/${subjectText(subject)}${query({ epoch })}`))
  }

  async *export(what: ExportKind, { from, to }: EpochRange = {}): AsyncGenerator<ExportLine> {
    const path = `/v1/export/${what}${query({ from, to })}`
    const answer = await this.#http.send({ method: 'GET', path, timeoutMs: this.#timeoutMs })
    if (answer.statusCode !== 200) throw refusal(await this.#http.read(answer))
    try {
      for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
        yield JSON.parse(line) as ExportLine
      }
    } finally {
      answer.destroy()
    }
    if (!answer.complete)
      throw new LedgerError('unreachable', 'the export broke off', {}, "see the node's log and export again")
  }

  submit(batch: BatchBytes): Promise<SubmitStatus> {
    const body = { type: submitMediaType, bytes: encodeSubmit(batch) }
    return this.#json({ method: 'POST', path: '/v1/submit', body, timeoutMs: this.#timeoutMs })
  }

  async halt(epoch: number): Promise<void> {
    const body = { type: 'application/json', bytes: Buffer.from(JSON.stringify({ epoch })) }
    await this.#json({ method: 'POST', path: '/v1/halt', body, timeoutMs: this.#timeoutMs })
  }

  async close(): Promise<void> {
    this.#http.close()
  }

  #get<T>(path: string): Promise<T> {
    return this.#json({ method: 'GET', path, timeoutMs: this.#timeoutMs })
  }

  async #json<T>(call: Call): Promise<T> {
    const answer = await this.#http.send(call)
    const bytes = await this.#http.read(answer)
    if (answer.statusCode !== 200) throw refusal(bytes)
    return (parseAnswer(bytes) as { data: T }).data
  }
}

function query(fields: Readonly<Record<string, number | undefined>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return given.length === 0 ? '' : `?${given.map(([name, value]) => `${name}=${value}`).join('&')}`
}

function parseAnswer(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new LedgerError('not-a-node', 'the answer is not a node’s', {}, 'check the address')
  }
}

/** The node's refusal as it was thrown there. */
function refusal(bytes: Buffer): LedgerError {
  const { error } = parseAnswer(bytes) as { error?: ErrorBody }
  if (error === undefined) return new LedgerError('not-a-node', 'the answer is not a node’s', {}, 'check the address')
  return new LedgerError(error.code, error.message, {}, error.next)
}

async function orUndefined<T>(code: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof LedgerError && error.code === code) return undefined
    throw error
  }
}
