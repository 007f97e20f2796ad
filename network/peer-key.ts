import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'

/** From a seed of 32 bytes. */
export async function peerKey(seed: Uint8Array) {
  const key = await generateKeyPairFromSeed('Ed25519', seed)
  return { key, peer: peerIdFromPrivateKey(key).toString() }
}
