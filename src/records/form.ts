import type { LedgerRecord } from '../../consensus/records/registry.ts'

/** What a field of a record holds, as far as its text form depends on it. Its bounds are the schema's affair. */
export type Form =
  /** Text, kept as it is. */
  | 'text'
  /** µOPEN; decimal OPEN in text. */
  | 'amount'
  /** `{in, out}` in µOPEN; decimal OPEN in text. */
  | 'price'
  /** ppm. */
  | 'share'
  /** A plain integer. */
  | 'count'
  | 'account'
  | 'accounts'
  | 'ref'
  | 'refs'
  /** `[[ref, ppm], …]` */
  | 'weights'
  | 'cid'
  /** Bytes; hex in text. */
  | 'hash'
  /** `{parameter: value}` in the parameters' own units, in text too. */
  | 'params'
  /** `{to, amount}`: an account and µOPEN; decimal OPEN in text. */
  | 'spend'
  /** A signed message of the agreement; a map with type and CID as text and bytes in hex in text. */
  | 'message'

export type RecordKind = LedgerRecord['kind']

type FieldsOf<K extends RecordKind> = Exclude<keyof Extract<LedgerRecord, { kind: K }>, 'kind'>

/** Every field of every kind: one table for reading scenarios and for writing exports. */
export const recordForms: { readonly [K in RecordKind]: Readonly<Record<FieldsOf<K>, Form>> } = {
  transfer: { to: 'account', amount: 'amount', memo: 'text' },
  datanet: {
    name: 'text',
    terms: 'cid',
    admission: 'text',
    reviewers: 'accounts',
    ownerShare: 'share',
    originShare: 'share',
    refinerShare: 'share',
  },
  contribution: { datanet: 'ref', content: 'cid', size: 'count', media: 'text' },
  refinement: { datanet: 'ref', content: 'cid', size: 'count', media: 'text', parents: 'weights', source: 'ref' },
  review: { asset: 'ref', verdict: 'text', reason: 'text' },
  reviewers: { datanet: 'ref', reviewers: 'accounts' },
  model: {
    name: 'text',
    artifact: 'cid',
    base: 'weights',
    baseShare: 'share',
    minBaseShare: 'share',
    data: 'weights',
    price: 'price',
    attributor: 'account',
  },
  agent: { name: 'text', models: 'weights', baseShare: 'share' },
  assign: { asset: 'ref', to: 'account' },
  session: { payee: 'account', deposit: 'amount', expires: 'count', for: 'refs' },
  close: { session: 'ref' },
  voucher: { session: 'ref', total: 'amount', signature: 'hash' },
  inference: {
    session: 'ref',
    model: 'ref',
    request: 'hash',
    response: 'hash',
    tokensIn: 'count',
    tokensOut: 'count',
    fee: 'amount',
    uses: 'weights',
  },
  action: { session: 'ref', agent: 'ref', result: 'hash', fee: 'amount', calls: 'refs', uses: 'weights' },
  attribution: { model: 'ref', uses: 'weights', method: 'text', evidence: 'cid' },
  validator: { key: 'hash', possession: 'hash', commission: 'share', name: 'text' },
  stake: { validator: 'account', amount: 'amount' },
  unstake: { validator: 'account', amount: 'amount' },
  proposal: { changes: 'params', spend: 'spend', reason: 'text' },
  ballot: { proposal: 'ref', vote: 'text' },
  evidence: { key: 'hash', first: 'message', second: 'message' },
}

export function isRecordKind(text: unknown): text is RecordKind {
  return typeof text === 'string' && Object.hasOwn(recordForms, text)
}

/** The fields of a kind, by name. */
export function formsOf(kind: RecordKind): Readonly<Record<string, Form>> {
  return recordForms[kind]
}
