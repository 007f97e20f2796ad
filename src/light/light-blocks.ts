import { decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError, MalformedError } from '../../consensus/errors.ts'
import { type LightBlock, openLightBlock } from '../../consensus/light/following/light-block.ts'
import type { PeerText } from '../../network/peer.ts'
import type { HeaderFrame } from '../../network/protocols/headers.ts'
import { type LightNetwork, UnknownError } from './light-peers.ts'
import { genesisBytesMax, knownBlocksMax } from './limits.ts'

/** Which light block: of an epoch, or the checkpoint with a CID. */
export type Wanted = { readonly epoch: number } | { readonly checkpoint: Cid }

/** Fetches what following needs. Sets and parameters that came once aren't asked for again. */
export class LightBlocks {
  readonly #request: LightNetwork['request']
  readonly #crypto: Crypto
  /** By CID, the oldest first. */
  readonly #known = new Map<string, { cid: Cid; block: Uint8Array }>()
  #fetched = 0

  constructor(request: LightNetwork['request'], crypto: Crypto) {
    this.#request = request
    this.#crypto = crypto
  }

  /** Light blocks that came. */
  get fetched(): number {
    return this.#fetched
  }

  /** Throws UnknownError, FollowError `block`, EncodingError, MalformedError, RequestError. */
  async fetch(peer: PeerText, wanted: Wanted, signal: AbortSignal): Promise<LightBlock> {
    // What others fetch meanwhile may push it out of what is kept.
    const known = new Map(this.#known)
    const cids = [...known.values()].map(({ cid }) => cid)
    const which = 'epoch' in wanted ? { epochs: [wanted.epoch] } : wanted
    const [frame] = await this.#request.headers(peer, { ...which, known: cids }, signal)
    if (frame === undefined) throw new UnknownError(describe(wanted))
    this.#fetched++
    return this.#open(frame, known)
  }

  /**
   * Bare checkpoint blocks from an epoch down to another, at most `headersEpochsMax` of them: they fit into one answer. Fewer where the
   * peer has no older ones. Throws UnknownError where it hasn't even the first.
   */
  async fetchBare(peer: PeerText, from: number, to: number, signal: AbortSignal): Promise<Uint8Array[]> {
    const frames = await this.#request.headers(peer, { from, to }, signal)
    if (frames.length === 0) throw new UnknownError(`epoch ${from}`)
    return frames.slice(0, from - to + 1).map(({ checkpoint }) => checkpoint)
  }

  /** Throws LedgerError `genesis-large` for one beyond what a light node takes. */
  async fetchGenesis(peer: PeerText, chain: Cid, signal: AbortSignal): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let length = 0
    for (;;) {
      const page = await this.#request.genesis(peer, { chain, offset: length }, signal)
      const pageBytes = page.reduce((sum, chunk) => sum + chunk.length, 0)
      if (pageBytes === 0) break
      length += pageBytes
      if (length > genesisBytesMax) throw tooLarge(peer)
      chunks.push(...page)
    }
    if (length === 0) throw new UnknownError(`genesis ${chain}`)
    return new Uint8Array(Buffer.concat(chunks))
  }

  #open(
    { checkpoint, certificate, blocks }: HeaderFrame,
    known: ReadonlyMap<string, { block: Uint8Array }>,
  ): LightBlock {
    const { validators, nextValidators, params } = decodeCheckpoint(checkpoint)
    const came = new Map(blocks.map(block => [Cid.of(this.#crypto, block).key, block]))
    const blockOf = (cid: Cid, field: string): Uint8Array => {
      const block = came.get(cid.key) ?? known.get(cid.key)?.block
      if (block === undefined) throw new MalformedError(`header.blocks (${field})`, `the block ${cid}`, undefined)
      return block
    }
    const named = {
      validators: blockOf(validators, 'validators'),
      nextValidators: blockOf(nextValidators, 'nextValidators'),
      params: blockOf(params, 'params'),
    }
    const opened = openLightBlock(this.#crypto, { checkpoint, certificate, ...named })
    this.#keep(validators, named.validators)
    this.#keep(nextValidators, named.nextValidators)
    this.#keep(params, named.params)
    return opened
  }

  #keep(cid: Cid, block: Uint8Array): void {
    this.#known.delete(cid.key)
    this.#known.set(cid.key, { cid, block })
    if (this.#known.size > knownBlocksMax) this.#known.delete(this.#known.keys().next().value!)
  }
}

function describe(wanted: Wanted): string {
  return 'epoch' in wanted ? `epoch ${wanted.epoch}` : `checkpoint ${wanted.checkpoint}`
}

function tooLarge(peer: PeerText): LedgerError {
  return new LedgerError(
    'genesis-large',
    `its genesis is larger than the ${genesisBytesMax} bytes that a light node takes: name a later checkpoint with --trust`,
    { peer },
  )
}
