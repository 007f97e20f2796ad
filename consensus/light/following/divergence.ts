import { certificateFault, isCommit } from '../../agreement/certificate.ts'
import type { Cid } from '../../cid.ts'
import type { Crypto } from '../../crypto.ts'
import { InvariantError } from '../../errors.ts'
import type { LightBlock } from './light-block.ts'
import type { TrustedCheckpoint } from './trusted-checkpoint.ts'

/** Blocks of one epoch from two histories. */
export type BlockPair = readonly [own: LightBlock, other: LightBlock]

/** What two histories share last; its `nextValidators` alone could decide the epoch after. */
export type LastShared = Pick<TrustedCheckpoint, 'chain' | 'epoch' | 'cid' | 'nextValidators'>

/** The first epoch of which two histories have different checkpoints. */
export interface Divergence {
  readonly shared: LastShared
  readonly blocks: BlockPair
}

/**
 * Looks for the first epoch in which two histories differ, by halving: each checkpoint names the one before, so what two histories
 * share in an epoch they share in all before it. Asks for at most log₂(distance) pairs.
 */
export class DivergenceSearch {
  #shared: LastShared
  #blocks: BlockPair

  /** `shared` is before `blocks`, which differ. */
  constructor(shared: LastShared, blocks: BlockPair) {
    this.#shared = shared
    this.#blocks = blocks
    if (shared.epoch >= this.#differing || blocks[0].cid.equals(blocks[1].cid)) {
      throw new InvariantError('light', 'nothing diverges there', { shared: shared.epoch, differing: this.#differing })
    }
  }

  /** The epoch of which it needs both blocks; undefined once `found` is final. */
  get needed(): number | undefined {
    const gap = this.#differing - this.#shared.epoch
    return gap === 1 ? undefined : this.#shared.epoch + Math.floor(gap / 2)
  }

  /** As narrow as it is by now. */
  get found(): Divergence {
    return { shared: this.#shared, blocks: this.#blocks }
  }

  /** Both of the needed epoch. */
  take(blocks: BlockPair): void {
    const [{ cid, checkpoint, nextValidators }, other] = blocks
    const { chain, epoch } = checkpoint
    if (epoch !== this.needed || other.checkpoint.epoch !== epoch) {
      throw new InvariantError('light', 'a pair that nobody needs', { epoch })
    }
    if (cid.equals(other.cid)) this.#shared = { chain, epoch, cid, nextValidators }
    else this.#blocks = blocks
  }

  get #differing(): number {
    return this.#blocks[0].checkpoint.epoch
  }
}

/** Whether a block of the first diverging epoch is as final as the other: it follows what is shared, and the set that was to decide did. */
export function isDecided(crypto: Crypto, shared: LastShared, block: LightBlock): boolean {
  const { checkpoint, certificate, cid } = block
  return (
    checkpoint.epoch === shared.epoch + 1 &&
    checkpoint.prev.equals(shared.cid) &&
    namesCheckpoint(certificate, checkpoint.epoch, cid) &&
    certificateFault(crypto, shared.chain, shared.nextValidators, certificate) === undefined
  )
}

function namesCheckpoint(certificate: LightBlock['certificate'], epoch: number, cid: Cid): boolean {
  return isCommit(certificate) && certificate.epoch === epoch && certificate.checkpoint.equals(cid)
}
