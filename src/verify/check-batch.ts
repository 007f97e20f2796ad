import { type BatchHeader, batchSigningBytes, decodeBody, decodeHeader } from '../../consensus/batch.ts'
import { Cid } from '../../consensus/cid.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { StoredHeader } from '../store/batches.ts'
import { authorKey, batchKey, bodyKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import type { Findings } from './findings.ts'

/** R2, R3: a stored batch from its bytes: name, form, signature, body, and its entry in the author's index. Its header if that is sound. */
export async function checkBatch(
  store: Store,
  chain: Cid,
  cid: Cid,
  findings: Findings,
): Promise<BatchHeader | undefined> {
  const key = batchKey(cid)
  const stored = findings.attempt(key, () => store.batches.get(cid) ?? 'missing')
  if (stored === 'missing') findings.add(key, 'missing')
  if (stored === undefined || stored === 'missing') return undefined
  if (!Cid.of(nativeCrypto, stored.header).equals(cid)) {
    findings.add(key, 'another batch than its key names')
    return undefined
  }
  const header = findings.attempt(key, () => decodeHeader(stored.header, chain))
  if (header === undefined) return undefined
  if (!nativeCrypto.verify(stored.signature, batchSigningBytes(stored.header), header.author)) {
    findings.add(key, 'the signature is not the author’s')
  }
  const size = checkBody(store, cid, stored, header, findings)
  await checkPlace(store, cid, stored, header, size, findings)
  return header
}

/** The body's length, where it is there. */
function checkBody(
  store: Store,
  cid: Cid,
  { arrival }: StoredHeader,
  header: BatchHeader,
  findings: Findings,
): number | undefined {
  const key = bodyKey(arrival, cid)
  return findings.attempt(key, () => {
    const body = store.batches.body(cid)
    if (body === undefined) findings.add(key, 'missing')
    else decodeBody(nativeCrypto, header, body)
    return body?.length
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
