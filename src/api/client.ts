import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import type { BatchBytes } from '../../consensus/batch.ts'
import type { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { ApiClient } from '../client/api-client.ts'
import { type Endpoint, HttpCaller } from './http-call.ts'
import type { Names } from './names.ts'
import type {
  AccountPayout,
  AccountStatus,
  AuthorStatus,
  EpochRange,
  EpochStatus,
  EpochWait,
  Explanation,
  ExportKind,
  ExportLine,
  FinalBatch,
  NodeStatus,
  OpenView,
  Payouts,
  RecordStatus,
  Subject,
  SubmitStatus,
  Supply,
} from './node-view.ts'
import { limitMax } from './schema/page.ts'
import { encodeSubmit } from './submit-body.ts'

export interface ClientOptions {
  readonly timeoutMs?: number
  /** Over TCP, writing needs the token that lies in the node's data folder. */
  readonly token?: string
}

/** To the operator a node explains as many epochs as are asked for, and a million takes half an hour; Ctrl-C ends it sooner. */
const explainMsMax = 3_600_000

/** A node seen over its API. */
export class NodeClient implements OpenView {
  readonly #http: HttpCaller
  readonly #api: ApiClient
  /** For explanations: a node gives up those of others itself. */
  readonly #patience: { readonly timeoutMs?: number }

  constructor(endpoint: Endpoint, options: ClientOptions = {}) {
    this.#http = new HttpCaller(endpoint)
    this.#api = new ApiClient(this.#http.send, options)
    const isTrusted = 'socket' in endpoint || options.token !== undefined
    this.#patience = isTrusted ? { timeoutMs: explainMsMax } : {}
  }

  status(): Promise<NodeStatus> {
    return this.#api.get('/v1/status')
  }

  names(): Promise<Names> {
    return this.#api.get('/v1/names')
  }

  /** Where it takes more than one page, balances are those of each page's epoch. */
  async payouts(epoch?: number): Promise<Payouts> {
    const accounts: AccountPayout[] = []
    for (let cursor: string | null | undefined; ; ) {
      const asked = { limit: limitMax, ...(epoch !== undefined && { epoch }), ...(cursor != null && { cursor }) }
      const page = await this.#api.get('/v1/payouts', asked)
      accounts.push(...page.items)
      cursor = page.next
      if (cursor === null) return { epoch: page.epoch, payoutsFrom: page.payoutsFrom, accounts }
    }
  }

  account(account: AccountKey): Promise<AccountStatus | undefined> {
    return orUndefined(['not-found'], this.#api.get('/v1/accounts/{account}', { account: accountKeyText(account) }))
  }

  author(account: AccountKey): Promise<AuthorStatus> {
    return this.#api.get('/v1/authors/{account}', { account: accountKeyText(account) })
  }

  record(batch: Cid, index: number): Promise<RecordStatus | undefined> {
    return orUndefined(['not-found'], this.#api.get('/v1/records/{cid}/{index}', { cid: batch.toString(), index }))
  }

  async epoch(epoch: number, wait?: EpochWait): Promise<EpochStatus | undefined> {
    const options = wait?.signal === undefined ? {} : { signal: wait.signal }
    const input = { epoch, ...(wait !== undefined && { wait: wait.waitMs }) }
    try {
      const summary = await orUndefined(['not-yet', 'not-found'], this.#api.get('/v1/epochs/{epoch}', input, options))
      return summary && { ...summary, batches: await this.#batches(epoch, options) }
    } catch (error) {
      if (wait?.signal?.aborted === true) return undefined
      throw error
    }
  }

  supply(): Promise<Supply> {
    return this.#api.get('/v1/supply')
  }

  explain(subject: Subject, during: EpochRange = {}): Promise<Explanation | undefined> {
    const answer =
      subject.type === 'account'
        ? this.#api.get(
            '/v1/explain/{account}',
            { account: accountKeyText(subject.account), ...during },
            this.#patience,
          )
        : this.#api.get(
            '/v1/explain/{cid}/{index}',
            { cid: subject.batch.toString(), index: subject.index, ...during },
            this.#patience,
          )
    return orUndefined(['not-found'], answer)
  }

  export(what: ExportKind, range: EpochRange = {}): AsyncGenerator<ExportLine> {
    return this.#api.lines('/v1/export/{what}', { what, ...range })
  }

  car(range: EpochRange = {}): AsyncGenerator<Uint8Array> {
    return this.#api.stream('/v1/car', { ...range })
  }

  backup(): AsyncGenerator<Uint8Array> {
    return this.#api.stream('/v1/backup')
  }

  submit(batch: BatchBytes): Promise<SubmitStatus> {
    return this.#api.post('/v1/submit', encodeSubmit(batch))
  }

  async halt(epoch: number): Promise<void> {
    await this.#api.post('/v1/halt', { epoch })
  }

  async close(): Promise<void> {
    this.#http.close()
  }

  async #batches(epoch: number, options: { signal?: AbortSignal }): Promise<FinalBatch[]> {
    const batches: FinalBatch[] = []
    for (let cursor: string | null | undefined; ; ) {
      const asked = { epoch, limit: limitMax, ...(cursor != null && { cursor }) }
      const page = await this.#api.get('/v1/epochs/{epoch}/batches', asked, options)
      batches.push(...page.items)
      cursor = page.next
      if (cursor === null) return batches
    }
  }
}

async function orUndefined<T>(codes: readonly string[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof LedgerError && codes.includes(error.code)) return undefined
    throw error
  }
}
