import { domainSeparated } from '../../consensus/bytes.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { KeyKind } from './key-kind.ts'

/**
 * The seed (32 bytes) of a key on a local testnet, so that the same network seed and name give the same key anywhere:
 * SHA-256(`openledger/testnet-key/1` ‖ 0x00 ‖ [networkSeed, kind, name]). Never for money: whoever knows the name knows the key.
 */
export function deriveSeed(networkSeed: number, kind: KeyKind, name: string): Uint8Array {
  return nativeCrypto.sha256(domainSeparated('openledger/testnet-key/1', encode([networkSeed, kind, name])))
}
