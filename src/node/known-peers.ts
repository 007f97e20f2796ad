import { equalBytes } from '../../consensus/bytes.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { encode } from '../../consensus/cbor/encode.ts'
import type { Log } from '../../network/log.ts'
import type { Network } from '../../network/network.ts'
import type { Store } from '../store/store.ts'

/** More than a node ever connects to; a list that is read at every start stays small. */
const addrsMax = 128

/** Multiaddrs of peers that an earlier run reached. */
export function readKnownPeers(store: Store): string[] {
  const bytes = store.peers.get()
  return bytes === undefined ? [] : (decode(bytes) as string[])
}

/** Keeps where peers are for the next start. Where none is known, what was known before may still serve. */
export async function writeKnownPeers(store: Store, network: Pick<Network, 'knownAddrs'>): Promise<void> {
  const addrs = network.knownAddrs().slice(0, addrsMax)
  const bytes = encode(addrs)
  const former = store.peers.get()
  if (addrs.length === 0 || (former !== undefined && equalBytes(bytes, former))) return
  await store.peers.put(bytes, { sync: false })
}

/** Whom it knows is worth little: a node doesn't end over it. */
export async function keepPeers(store: Store, network: Pick<Network, 'knownAddrs'>, log: Log): Promise<void> {
  await writeKnownPeers(store, network).catch((error: Error) => {
    log.warn({ error: error.message }, 'the addresses of peers could not be kept')
  })
}
