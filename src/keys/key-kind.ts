import { base58btc } from 'multiformats/bases/base58'
import { accountText } from '../../consensus/account.ts'
import { concat, toHex } from '../../consensus/bytes.ts'
import { MalformedError } from '../../consensus/errors.ts'

/** `account` signs batches and owns money, `vote` signs votes, `peer` is the name of a node in the network. */
export const keyKinds = ['account', 'vote', 'peer'] as const
export type KeyKind = (typeof keyKinds)[number]

/** Throws MalformedError. */
export function keyKindOf(text: string): KeyKind {
  const kind = keyKinds.find(known => known === text)
  if (kind === undefined) throw new MalformedError('kind', keyKinds.join(', '), text)
  return kind
}

/** Of a libp2p peer id: an identity hash (0x00, 36 bytes) of a protobuf that says Ed25519 and carries 32 bytes. */
const peerIdHead = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

/** A public key (32 bytes) as people meet it: `did:key:…` of an account, hex of a vote key, `12D3KooW…` of a peer. */
export function publicText(kind: KeyKind, publicKey: Uint8Array): string {
  if (kind === 'account') return accountText(publicKey)
  // A peer id is plain base58, without multibase's leading letter.
  if (kind === 'peer') return base58btc.encode(concat(peerIdHead, publicKey)).slice(1)
  return toHex(publicKey)
}
