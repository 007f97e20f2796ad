/** Full nodes in memory, as a light node meets them: real codecs, real serving code, and lies where a test wants them. */

import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import type { LightBlockBytes } from '../../../consensus/light/following/light-block.ts'
import type { ProofRequest } from '../../../consensus/light/proof/request.ts'
import type { Requests } from '../../../network/network.ts'
import type { Protocol } from '../../../network/protocol.ts'
import type { BatchFrame } from '../../../network/protocols/batches.ts'
import { protocols } from '../../../network/protocols/index.ts'
import type { Status } from '../../../network/protocols/status.ts'
import type { SubmitAnswer } from '../../../network/protocols/submit.ts'
import { RequestError } from '../../../network/request-error.ts'
import type { LightNetwork } from '../../../src/light/light-peers.ts'
import type { Ledger } from '../../../src/node/ledger.ts'
import { serveGenesis, serveHeaders } from '../../../src/node/serving-light.ts'
import type { Store } from '../../../src/store/store.ts'
import type { History } from '../../fixtures/light-chain.ts'
import { quickCrypto } from '../../fixtures/quick-crypto.ts'

export interface MemoryServer {
  readonly history: History
  /** How far it is. */
  head: number
  /** The first epoch that it has. */
  readonly first?: number
  /** Another light block of an epoch than the history's. */
  readonly forge?: (epoch: number, bytes: LightBlockBytes) => LightBlockBytes
  /** What becomes of the bytes of an item. */
  readonly tamper?: (protocol: string, item: Uint8Array) => Uint8Array
  /** Instead of the history's. */
  readonly genesis?: () => Iterable<Uint8Array>
  readonly status?: Partial<Status>
  /** Answers proof requests; absent: it has none. */
  readonly proof?: (request: ProofRequest) => Uint8Array
  /** What it says to a batch. */
  readonly submit?: SubmitAnswer
  /** Called before each answer. */
  readonly before?: (protocol: string) => void | Promise<void>
  /** Addresses that it tells. */
  readonly tells?: readonly string[]
}

export function addrOf(name: string): string {
  return `/ip4/127.0.0.1/tcp/1/p2p/${name}`
}

export class MemoryNetwork implements LightNetwork {
  readonly request: Requests
  readonly dropped: string[] = []
  readonly submitted: { readonly peer: string; readonly frame: BatchFrame }[] = []
  /** Protocols in the order they were asked, and how many bytes came. */
  readonly asked: string[] = []
  bytes = 0
  readonly #servers: ReadonlyMap<string, MemoryServer>

  constructor(servers: Readonly<Record<string, MemoryServer>>) {
    this.#servers = new Map(Object.entries(servers))
    const one =
      <Request, Item>(
        protocol: Protocol<Request, Item, 'one'>,
        answer: (server: MemoryServer, request: Request, peer: string) => Item,
      ) =>
      async (peer: string, request: Request, signal?: AbortSignal): Promise<Item> =>
        (await this.#converse(protocol, peer, request, (server, asked) => [answer(server, asked, peer)], signal))[0]!
    const many =
      <Request, Item>(
        protocol: Protocol<Request, Item, 'many'>,
        answer: (server: MemoryServer, request: Request) => Iterable<Item> | AsyncIterable<Item>,
      ) =>
      (peer: string, request: Request, signal?: AbortSignal): Promise<Item[]> =>
        this.#converse(protocol, peer, request, answer, signal)
    const never = () => {
      throw new Error('a light node does not ask for this')
    }
    this.request = {
      status: one(protocols.status, statusOf),
      headers: many(protocols.headers, (server, request) => serveHeaders(storeOf(server), request)),
      genesis: many(
        protocols.genesis,
        ({ history, genesis }, request) =>
          genesis?.() ??
          serveGenesis(
            { store: { genesis: () => history.genesis }, chain: history.chain } as unknown as Ledger,
            request,
          ),
      ),
      peers: one(protocols.peers, ({ tells }) => tells ?? []),
      submit: one(protocols.submit, ({ submit = { outcome: 'accepted' } }, frame, peer) => {
        this.submitted.push({ peer, frame })
        return submit
      }),
      batches: never,
      checkpoints: never,
      outcomes: never,
      votes: never,
      proof: one(protocols.proof, ({ proof }, request, peer) => {
        if (proof === undefined) throw new RequestError('broken-off', 'proof', peer, 'the stream ended')
        return proof(request)
      }),
      snapshots: never,
      state: never,
    }
  }

  async connect(addr: string): Promise<string> {
    const name = addr.slice(addr.lastIndexOf('/') + 1)
    if (!this.#servers.has(name)) throw new RequestError('unreachable', 'connection', name, 'nobody there')
    return name
  }

  drop(peer: string): void {
    this.dropped.push(peer)
  }

  async #converse<Request, Item>(
    { name, request: requestCodec, item: itemCodec, limits }: Protocol<Request, Item, 'one' | 'many'>,
    peer: string,
    request: Request,
    answer: (server: MemoryServer, request: Request) => Iterable<Item> | AsyncIterable<Item>,
    signal: AbortSignal | undefined,
  ): Promise<Item[]> {
    this.asked.push(name)
    const server = this.#servers.get(peer)
    if (server === undefined) throw new RequestError('unreachable', name, peer, 'nobody there')
    await server.before?.(name)
    if (signal?.aborted) throw new RequestError('aborted', name, peer, 'aborted')
    const items: Item[] = []
    try {
      for await (const item of answer(server, requestCodec.decode(requestCodec.encode(request)))) {
        if (items.length === limits.responseItemsMax) break
        const bytes = itemCodec.encode(item)
        if (bytes.length > limits.itemBytesMax) throw new Error(`an item of ${bytes.length} bytes`)
        this.bytes += bytes.length
        items.push(itemCodec.decode(server.tamper?.(name, bytes) ?? bytes))
      }
    } catch (error) {
      // As the asking side of the network explains it.
      if (error instanceof RequestError || !(error instanceof LedgerError)) throw error
      throw new RequestError('malformed', name, peer, error.message)
    }
    return items
  }
}

function statusOf({ history, head, status }: MemoryServer): Status {
  return { chain: history.chain, epoch: head, checkpoint: history.cid(head), role: 'full', agent: 'x', ...status }
}

/** As much of a store as serving light nodes takes. */
function storeOf({ history, head, first = 1, forge = (_, bytes) => bytes }: MemoryServer): Store {
  const blocks = new Map<string, Uint8Array>()
  const epochs = {
    get(epoch: number) {
      if (epoch < first || epoch > head) return undefined
      const bytes = forge(epoch, history.bytes(epoch))
      for (const block of [bytes.validators, bytes.nextValidators, bytes.params]) blocks.set(keyOf(block), block)
      return { ...bytes, cut: new Uint8Array() }
    },
    named(checkpoint: Cid) {
      for (let epoch = first; epoch <= head; epoch++) if (history.cid(epoch).equals(checkpoint)) return epoch
      return undefined
    },
  }
  return { epochs, blocks: { get: (cid: Cid) => blocks.get(cid.key) } } as unknown as Store
}

function keyOf(block: Uint8Array): string {
  return Cid.of(quickCrypto, block).key
}
