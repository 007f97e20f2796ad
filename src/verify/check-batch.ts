import { type BatchHeader, batchSigningBytes, decodeBody, decodeHeader } from '../../consensus/batch.ts'
import { Cid } from '../../consensus/cid.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { StoredHeader } from '../store/batches.ts'
import { authorKey, batchKey, bodyKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import type { Findings } from './findings.ts'

export interface CheckedBatch {
  /** Where the header is sound. */
  readonly header: BatchHeader | undefined
  /** Header, signature and body: it can be executed. */
  readonly isSound: boolean
}

/** R2, R3: a stored batch from its bytes: name, form, signature, body, and its entry in the author's index. */
export async function checkBatch(store: Store, chain: Cid, cid: Cid, findings: Findings): Promise<CheckedBatch> {
  const before = findings.count
  const checked = checkHeader(store, chain, cid, findings)
  if (checked === undefined) return { header: undefined, isSound: false }
  const { header, stored } = checked
  const size = checkBody(store, cid, stored, header, findings)
  const isSound = findings.count === before
  await checkPlace(store, cid, stored, header, size, findings)
  return { header, isSound }
}

function checkHeader(
  store: Store,
  chain: Cid,
  cid: Cid,
  findings: Findings,
): { header: BatchHeader; stored: StoredHeader } | undefined {
  const key = batchKey(cid)
  return findings.attempt(key, () => {
    const stored = store.batches.get(cid)
    if (stored === undefined) findings.add(key, 'missing')
    else if (!Cid.of(nativeCrypto, stored.header).equals(cid)) findings.add(key, 'another batch than its key names')
    else {
      const header = decodeHeader(stored.header, chain)
      if (!nativeCrypto.verify(stored.signature, batchSigningBytes(stored.header), header.author)) {
        findings.add(key, 'the signature is not the author’s')
      }
      return { header, stored }
    }
    return undefined
  })
}

/** The body's length, where it is there. */
function checkBody(
  store: Store,
  cid: Cid,
  { arrival, bodyBytes }: StoredHeader,
  header: BatchHeader,
  findings: Findings,
): number | undefined {
  const key = bodyKey(arrival, cid)
  return findings.attempt(key, () => {
    const body = store.batches.body(cid)
    if (body === undefined) {
      findings.add(key, 'missing')
      return undefined
    }
    decodeBody(nativeCrypto, header, body)
    if (body.length !== bodyBytes) findings.add(batchKey(cid), 'another length than its body has')
    return body.length
  })
}

async function checkPlace(
  store: Store,
  cid: Cid,
  stored: StoredHeader,
  { author, seq }: BatchHeader,
  bodySize: number | undefined,
  findings: Findings,
): Promise<void> {
  const key = authorKey(author, seq, cid)
  const rivals = await findings.attemptAsync(key, () => store.authors.at(author, seq))
  const place = rivals?.find(({ batch }) => batch.equals(cid))
  if (rivals === undefined) return
  if (place === undefined) findings.add(key, 'missing')
  else if (place.arrival !== stored.arrival) findings.add(key, 'another arrival than the batch has')
  else if (bodySize !== undefined && place.bytes !== stored.header.length + stored.signature.length + bodySize) {
    findings.add(key, 'another size than the batch has')
  }
}
