import Type from 'typebox'
import { parseAccountKey } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError, MalformedError } from '../../../consensus/errors.ts'
import { decodeGenesis, type Genesis } from '../../../consensus/genesis.ts'
import { nativeCrypto } from '../../crypto/native.ts'
import type { ApiSource } from '../api-source.ts'
import { json, route } from '../route.ts'
import type { Plain } from '../schema/plain.ts'
import { word } from '../schema/words.ts'

const hit = Type.Object({
  type: Type.Enum(['account', 'batch', 'record', 'epoch', 'chain']),
  id: Type.String({ description: 'An account, a CID, a ref or the number of an epoch.' }),
  label: Type.Union([Type.String(), Type.Null()], { description: 'What people call it, or the kind of a record.' }),
})
type Hit = Plain<typeof hit>

/** Of names that a word is a part of. */
const namesMax = 20

export const searchRoutes = [
  route({
    method: 'GET',
    path: '/v1/search',
    tag: 'search',
    does: 'What an id names, whatever it is the id of: an account, a batch, a checkpoint, a record, an epoch, a contributed content, the genesis; or a part of a name.',
    fields: { q: word },
    answer: json(Type.Object({ hits: Type.Array(hit) })),
    cost: 10,
    handle: async (source, { q }) => ({ hits: [...(await named(source, q)), ...(await byId(source, q))] }),
  }),
] as const

async function byId(source: ApiSource, text: string): Promise<Hit[]> {
  try {
    if (/^\d{1,15}$/.test(text)) return epochHits(source, Number(text))
    if (text.startsWith('did:')) return await accountHits(source, text)
    if (text.includes('/')) return await recordHits(source, text)
    return await cidHits(source, Cid.fromText(text, 'q'))
  } catch (error) {
    // What is no id names nothing.
    if (error instanceof MalformedError) return []
    throw error
  }
}

function epochHits({ pages }: ApiSource, epoch: number): Hit[] {
  const summary = pages.epoch(epoch)
  return summary === undefined ? [] : [{ type: 'epoch', id: String(epoch), label: null }]
}

async function accountHits({ view }: ApiSource, text: string): Promise<Hit[]> {
  const account = await view.account(parseAccountKey(text, 'q'))
  return account === undefined ? [] : [{ type: 'account', id: text, label: null }]
}

async function recordHits({ view }: ApiSource, text: string): Promise<Hit[]> {
  const [batch = '', index = ''] = text.split('/')
  if (!/^\d{1,4}$/.test(index)) return []
  const record = await view.record(Cid.fromText(batch, 'q'), Number(index)).catch(nothingHere)
  return record === undefined ? [] : [{ type: 'record', id: record.ref, label: record.kind }]
}

/** A node that joined by a snapshot says of a batch from before that it can't tell. */
function nothingHere(error: unknown): undefined {
  if (!(error instanceof LedgerError && error.code === 'not-found')) throw error
}

async function cidHits(source: ApiSource, cid: Cid): Promise<Hit[]> {
  const epoch = source.pages.checkpoint(cid)
  if (epoch !== undefined) return epochHits(source, epoch)
  const batch = source.pages.batch(cid)
  if (batch !== undefined) return [{ type: 'batch', id: batch.cid, label: null }]
  const genesis = genesisOf(source, cid)
  if (genesis !== undefined) return [{ type: 'chain', id: cid.toString(), label: genesis.name }]
  return [...((await source.economy?.withContent(cid)) ?? [])]
}

/** The genesis, where that is what the CID names. */
function genesisOf({ light }: ApiSource, cid: Cid): Genesis | undefined {
  const bytes = light.genesis()
  return bytes !== undefined && Cid.of(nativeCrypto, bytes).equals(cid) ? decodeGenesis(bytes) : undefined
}

async function named({ names }: ApiSource, text: string): Promise<Hit[]> {
  const { actors, labels } = await names()
  const part = text.toLowerCase()
  const found = (all: Readonly<Record<string, string>>, type: Hit['type']): Hit[] =>
    Object.entries(all).flatMap(([label, id]) => (label.toLowerCase().includes(part) ? [{ type, id, label }] : []))
  return [...found(actors, 'account'), ...found(labels, 'record')].slice(0, namesMax)
}
