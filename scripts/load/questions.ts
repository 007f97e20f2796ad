/** What exists in the ledger that is asked about. */
export interface Known {
  readonly accounts: readonly string[]
  readonly refs: readonly string[]
  readonly newest: number
}

export interface Question {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)]!

const get = (path: string): Question => ({ method: 'GET', path })

/** What a page or a program would ask. */
export function validQuestion({ accounts, refs, newest }: Known): Question {
  const account = pick(accounts)
  const ref = pick(refs)
  const [batch] = ref.split('/')
  const epoch = 1 + Math.floor(Math.random() * newest)
  return get(
    pick([
      '/v1/status',
      '/v1/supply',
      '/v1/names',
      '/v1/params',
      '/v1/validators',
      '/v1/assets?limit=1000',
      `/v1/assets?of=${ref}`,
      `/v1/assets/${ref}`,
      '/v1/payouts?limit=1000',
      `/v1/payouts?epoch=${epoch}`,
      `/v1/accounts/${account}`,
      `/v1/accounts/${account}/payouts`,
      `/v1/accounts/${account}/records`,
      `/v1/accounts/${account}/stake`,
      `/v1/authors/${account}`,
      '/v1/epochs?limit=1000',
      `/v1/epochs/${epoch}`,
      `/v1/epochs/${newest + 50}?wait=500`,
      `/v1/epochs/${epoch}/batches`,
      `/v1/epochs/${epoch}/payouts`,
      `/v1/epochs/${epoch}/flows?limit=1000`,
      `/v1/batches/${batch}/records`,
      `/v1/records/${ref}`,
      `/v1/explain/${account}`,
      `/v1/explain/${ref}`,
      '/v1/export/records',
      `/v1/export/payouts?from=${epoch}`,
      `/v1/light/blocks?epochs=${epoch}`,
      `/v1/light/blocks?from=${newest}&to=1`,
      '/v1/genesis',
      '/v1/openapi.json',
      '/health/ready',
    ]),
  )
}

/** What a wrong program would ask. */
export function invalidQuestion(known: Known): Question {
  const cbor = { 'content-type': 'application/cbor' }
  return pick<Question>([
    get('/v1/nothing'),
    get('/v1/accounts/did:key:z6Mkx'),
    get('/v1/epochs/x'),
    get(`/v1/epochs/${known.newest}?wait=-1`),
    get('/v1/assets?limit=1001'),
    get('/v1/assets?cursor=x'),
    get('/v1/events?types=all'),
    get('/v1/light/blocks'),
    { method: 'DELETE', path: '/v1/status' },
    { method: 'POST', path: '/v1/submit', headers: cbor, body: 'x' },
    { method: 'POST', path: '/v1/submit', headers: { ...cbor, authorization: 'Bearer x' }, body: 'x' },
    { method: 'POST', path: '/v1/proof', headers: cbor, body: 'x' },
    { method: 'POST', path: '/v1/proof', headers: { 'content-type': 'text/plain' }, body: 'x' },
  ])
}

/** What an attacker would ask, as far as it is HTTP. */
export function hostileQuestion(known: Known): Question {
  const cbor = { 'content-type': 'application/cbor' }
  return pick<Question>([
    get(`/${'a'.repeat(12_000)}`),
    get(`/v1/accounts/${'%2e'.repeat(2_000)}`),
    get('/%ff%fe'),
    get(`/v1/light/blocks?epochs=${Array.from({ length: 64 }, (_, i) => i + 1).join(',')}`),
    get(`/v1/explain/${pick(known.accounts)}`),
    get('/v1/export/records'),
    { method: 'POST', path: '/v1/proof', headers: cbor, body: new Uint8Array(2_000_000) },
    { method: 'POST', path: '/v1/submit', headers: cbor, body: new Uint8Array(600_000) },
    { method: 'POST', path: '/v1/proof', headers: cbor, body: Uint8Array.from({ length: 8_000 }, () => 0x81) },
    { method: 'GET', path: '/v1/status', headers: { cookie: 'x'.repeat(20_000) } },
  ])
}
