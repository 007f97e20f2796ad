import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { batchSigningBytes, draftBatch } from '../../consensus/batch.ts'
import { Cid } from '../../consensus/cid.ts'
import { encodeSubmit } from '../../src/api/submit-body.ts'
import { nativeCrypto } from '../../src/crypto/native.ts'
import { createKey } from '../../src/keys/key-file.ts'
import { tempFolder } from '../src/temp-folder.ts'

export interface GivenFile {
  readonly name: string
  readonly text: string | Uint8Array
}

export interface Network {
  /** CID of the genesis. */
  readonly chain: string
  readonly genesis: string
}

/** Files that the reader of a page has from elsewhere. */
export async function filesGivenTo(path: string, { chain, genesis }: Network): Promise<GivenFile[]> {
  if (path === 'docs/operate-a-node.md') return [{ name: 'genesis.cbor', text: readFileSync(genesis) }]
  if (path === 'docs/api.md') return await toSubmit(chain)
  return []
}

/** An account's first batch, signed by a program of its own, and what the command line signs next. */
async function toSubmit(chain: string): Promise<GivenFile[]> {
  const keyFile = join(tempFolder(), 'ana.json')
  const key = await createKey(keyFile, 'account', { unprotected: true })
  const draft = { chain: Cid.fromText(chain), author: key.publicKey, seq: 1, prev: null, time: 0 }
  const records = [{ kind: 'transfer', to: key.publicKey, amount: 1 }] as const
  const { header, body } = draftBatch(nativeCrypto, { ...draft, records })
  const batch = encodeSubmit({ header, body, signature: key.sign(batchSigningBytes(header)) })
  return [
    { name: 'batch.cbor', text: batch },
    { name: 'ana.json', text: readFileSync(keyFile) },
    { name: 'records.ndjson', text: '{"do":"datanet","name":"letters"}\n' },
  ]
}
