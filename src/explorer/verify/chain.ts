import {
  Bisection,
  type Checkpoint,
  Cid,
  checkpointBefore,
  nobleCrypto as crypto,
  decodeCheckpoint,
  type LightBlock,
  type NamedCheckpoint,
  openLightBlock,
  type TrustedCheckpoint,
  trustGenesis,
  trustNamed,
} from '../../../consensus/light/index.ts'
import { LedgerError, type LightSource } from '../../client/index.ts'
import { UnshownError } from './unproved.ts'

/** A checkpoint that a trusted one rests on. */
export interface Earlier {
  readonly cid: Cid
  readonly checkpoint: Checkpoint
}

interface Begin {
  readonly trust: Cid
  /** CID of the genesis, as the node itself has it. */
  readonly named: string
}

/** As many bare checkpoints as come in one answer. */
const pageEpochs = 64

/** The ledger's chain of checkpoints, from one that the reader trusts; the node that shows it is believed nothing. */
export class Chain {
  readonly #source: LightSource
  readonly #signal: AbortSignal
  #head: TrustedCheckpoint
  #certificates = 0

  private constructor(source: LightSource, trusted: TrustedCheckpoint, signal: AbortSignal) {
    this.#source = source
    this.#head = trusted
    this.#signal = signal
  }

  /** The genesis or checkpoint with this CID. Throws LedgerError where the node shows another, UnshownError where none. */
  static async from(source: LightSource, { trust, named }: Begin, signal: AbortSignal): Promise<Chain> {
    const genesis = await source.genesis(signal)
    const cid = Cid.of(crypto, genesis)
    if (cid.equals(trust)) return new Chain(source, trustGenesis(crypto, trust, genesis), signal)
    if (named === `${trust}`)
      throw new LedgerError('mismatch', `genesis: expected ${trust}, which the node names, got ${cid}`)
    const block = await fetchBlock(source, { checkpoint: trust, known: [] }, `checkpoint ${trust}`, signal)
    return new Chain(source, trustNamed(trust, block), signal)
  }

  /** The newest that was verified. */
  get head(): TrustedCheckpoint {
    return this.#head
  }

  /** Certificates whose signatures were verified. */
  get certificates(): number {
    return this.#certificates
  }

  /**
   * Verifies the way to an epoch, skipping as far as the stake allows. What the reader named may be of any age: only their word speaks
   * for it. `onStep` is told each checkpoint that was verified, with the block that proves it.
   */
  async follow(target: number, nowMs: number, onStep: (block: LightBlock) => void): Promise<void> {
    if (target <= this.#head.epoch) return
    const bisection = new Bisection({ crypto, trusted: this.#head, target, nowMs, anyAge: true })
    while (bisection.needed !== undefined) {
      const epoch = bisection.needed
      bisection.take(await fetchBlock(this.#source, { epochs: [epoch], known: [] }, `epoch ${epoch}`, this.#signal))
      if (bisection.trusted === this.#head) continue
      this.#head = bisection.trusted
      this.#certificates++
      onStep(bisection.block!)
    }
  }

  /**
   * All checkpoints from the head down to an epoch, as far as the node shows them: each is named by the one after it, so that none can
   * be left out in between.
   */
  async *back(epoch: number): AsyncGenerator<Earlier> {
    let at: NamedCheckpoint = this.#head
    while (at.epoch >= Math.max(1, epoch)) {
      const to = Math.max(1, epoch, at.epoch - pageEpochs + 1)
      const frames = await this.#source.headers({ from: at.epoch, to }, this.#signal)
      // Who joined by a snapshot has none from before.
      if (frames.length === 0) return
      for (const frame of frames.slice(0, at.epoch - to + 1)) {
        const { cid } = at
        at = checkpointBefore(crypto, at, frame.checkpoint)
        yield { cid, checkpoint: decodeCheckpoint(frame.checkpoint) }
      }
    }
  }
}

async function fetchBlock(
  source: LightSource,
  request: Exclude<Parameters<LightSource['headers']>[0], { from: number }>,
  what: string,
  signal: AbortSignal,
): Promise<LightBlock> {
  const [frame] = await source.headers(request, signal)
  if (frame === undefined) throw unknown(what)
  const { checkpoint, certificate, blocks } = frame
  const { validators, nextValidators, params } = decodeCheckpoint(checkpoint)
  const named = (cid: Cid): Uint8Array => {
    const block = blocks.find(each => Cid.of(crypto, each).equals(cid))
    // Who shows a checkpoint has its blocks.
    if (block === undefined)
      throw new LedgerError('mismatch', `blocks of ${what}: expected ${cid} among them, got others`)
    return block
  }
  return openLightBlock(crypto, {
    checkpoint,
    certificate,
    validators: named(validators),
    nextValidators: named(nextValidators),
    params: named(params),
  })
}

function unknown(what: string): UnshownError {
  return new UnshownError(`the node doesn’t show ${what}`)
}
