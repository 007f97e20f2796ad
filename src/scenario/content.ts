import { fromHex, utf8 } from '../../consensus/bytes.ts'
import { Cid, codecRaw } from '../../consensus/cid.ts'
import { MalformedError } from '../../consensus/errors.ts'
import { nativeCrypto } from '../crypto/native.ts'

/** What a record says about content that stays with its contributor. */
export interface Content {
  readonly content: Cid
  /** Bytes. */
  readonly size: number
  readonly media: string
}

const expected = '{"text": …} or {"sha256": hex, "size": n}'
const digestLength = 32

/** `{"text"}` is hashed here; `{"sha256", "size"}` was hashed elsewhere. */
export function parseContent(value: unknown, field: string): Content {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedError(field, expected, value)
  const { text, sha256, size, ...others } = value as Record<string, unknown>
  const other = Object.keys(others)[0]
  if (other !== undefined) throw new MalformedError(`${field}.${other}`, 'no such field', others[other])
  if (text === undefined) return hashed(sha256, size, field)
  if (typeof text !== 'string' || sha256 !== undefined || size !== undefined)
    throw new MalformedError(field, expected, value)
  if (!text.isWellFormed()) throw new MalformedError(`${field}.text`, 'text without lone surrogates', text)
  const bytes = utf8(text)
  return { content: Cid.of(nativeCrypto, bytes, codecRaw), size: bytes.length, media: 'text/plain' }
}

function hashed(sha256: unknown, size: unknown, field: string): Content {
  if (typeof size !== 'number') throw new MalformedError(`${field}.size`, 'a number of bytes', size)
  return { content: rawCid(sha256, `${field}.sha256`), size, media: 'application/octet-stream' }
}

function rawCid(sha256: unknown, field: string): Cid {
  const digest = typeof sha256 === 'string' ? fromHex(sha256) : undefined
  if (digest?.length !== digestLength) throw new MalformedError(field, `${digestLength} bytes in hex`, sha256)
  return Cid.fromDigest(digest, codecRaw)
}
