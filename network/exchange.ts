import type { Libp2p } from '@libp2p/interface'
import type { Asker } from './ask.ts'
import type { Handlers, Requests } from './network.ts'
import type { PeerText } from './peer.ts'
import { type AnyProtocol, type Protocol, protocolId } from './protocol.ts'
import { protocols } from './protocols/index.ts'
import type { ItemSource, Server } from './serve.ts'

/** One function per protocol that asks a peer. */
export function requests(asker: Pick<Asker, 'ask'>): Requests {
  const one =
    <Request, Item>(protocol: Protocol<Request, Item, 'one'>) =>
    async (peer: PeerText, request: Request, signal?: AbortSignal): Promise<Item> => {
      const [item] = await asker.ask(protocol, peer, request, signal)
      return item!
    }
  const many =
    <Request, Item>(protocol: Protocol<Request, Item, 'many'>) =>
    (peer: PeerText, request: Request, signal?: AbortSignal): Promise<Item[]> =>
      asker.ask(protocol, peer, request, signal)

  return {
    status: one(protocols.status),
    batches: many(protocols.batches),
    checkpoints: many(protocols.checkpoints),
    outcomes: one(protocols.outcomes),
    votes: one(protocols.votes),
    submit: one(protocols.submit),
    headers: many(protocols.headers),
    genesis: many(protocols.genesis),
    peers: one(protocols.peers),
    proof: one(protocols.proof),
    snapshots: one(protocols.snapshots),
    state: many(protocols.state),
  }
}

/** Offers every protocol that has a handler. */
export async function offer(
  libp2p: Libp2p,
  server: Server,
  handlers: Partial<Handlers>,
  tellPeers: (asker: PeerText) => readonly string[],
): Promise<void> {
  const handle = async <Request, Item>(
    protocol: AnyProtocol<Request, Item>,
    handler: ItemSource<Request, Item> | undefined,
  ): Promise<void> => {
    if (handler === undefined) return
    await libp2p.handle(
      protocolId(protocol),
      (stream, connection) => server.serve(protocol, handler, stream, connection),
      // Twice what is served: the excess hears "busy", and what exceeds that as well is cut off unheard.
      { maxInboundStreams: 2 * protocol.limits.inflightPerPeer, maxOutboundStreams: protocol.limits.inflightPerPeer },
    )
  }

  await handle(protocols.status, handlers.status)
  await handle(protocols.batches, handlers.batches)
  await handle(protocols.checkpoints, handlers.checkpoints)
  await handle(protocols.outcomes, handlers.outcomes)
  await handle(protocols.votes, handlers.votes)
  await handle(protocols.submit, handlers.submit)
  await handle(protocols.proof, handlers.proof)
  await handle(protocols.headers, handlers.headers)
  await handle(protocols.genesis, handlers.genesis)
  await handle(protocols.snapshots, handlers.snapshots)
  await handle(protocols.state, handlers.state)
  await handle(protocols.peers, (_request, peer) => tellPeers(peer))
}
