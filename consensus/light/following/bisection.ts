import type { Crypto } from '../../crypto.ts'
import { InvariantError } from '../../errors.ts'
import { checkNext, checkOrder, checkSkip, isSkippable } from './check-block.ts'
import { FollowError } from './follow-error.ts'
import type { LightBlock } from './light-block.ts'
import { type TrustedCheckpoint, trustedFrom } from './trusted-checkpoint.ts'
import { checkFresh } from './trusting-period.ts'

export interface BisectionOptions {
  readonly crypto: Crypto
  readonly trusted: TrustedCheckpoint
  /** Epoch to reach, after the trusted one. */
  readonly target: number
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /**
   * Whether a checkpoint older than the trusting period may be followed: only where the user named it, who then vouches that its
   * set has not sold its keys since.
   */
  readonly anyAge?: boolean
}

/** Blocks kept that weren't near enough yet. Each holds two sets of at most 150. */
const heldMax = 16
/** How much longer than the last step the next one may turn out to be, at first; doubled for as long as it does. */
const reachDivisor = 8

/**
 * The way from a trusted checkpoint to a later one in few steps, by skipping verification. It says which epoch it needs, is given the
 * light block, and ends trusting the target, or throws.
 *
 * Whether a block is near enough to be skipped to is known from the stakes alone, so looking for a far one costs no signature: the
 * first try is as long a step as the last one; from there on halving until one is near enough, or on and on until one is too far.
 * Only the farthest one's certificate is checked. The next epoch needs no overlap, so between two checks at most some
 * log₂(distance) blocks are asked for, and a server that lies about all of them comes to the next epoch, where it has to show the truth.
 */
export class Bisection {
  readonly #options: BisectionOptions
  #trusted: TrustedCheckpoint
  #block: LightBlock | undefined
  #checks = 0
  /** Blocks that came, by epoch. */
  readonly #held = new Map<number, LightBlock>()
  #needed: number | undefined
  /** The farthest block known to be near enough; its certificate isn't checked yet. */
  #best: LightBlock | undefined
  /** The nearest epoch known to be too far. */
  #tooFar: number | undefined
  /** Length of the last step, and how far beyond the best block to look next. */
  #stride: number
  #reach = 0

  /** Throws FollowError `expired`, `future` or `epoch`. */
  constructor(options: BisectionOptions) {
    const { trusted, target } = options
    this.#options = options
    this.#trusted = trusted
    this.#stride = target - trusted.epoch
    if (this.#stride < 1) throw new FollowError('epoch', 'epoch to reach', `one after ${trusted.epoch}`, target)
    this.#checkAge()
    this.#advance()
  }

  /** The epoch whose light block it needs; undefined once the target is trusted. */
  get needed(): number | undefined {
    return this.#needed
  }

  /** The latest verified checkpoint. */
  get trusted(): TrustedCheckpoint {
    return this.#trusted
  }

  /** The block that the latest verified checkpoint came with; undefined while that is the one it began with. */
  get block(): LightBlock | undefined {
    return this.#block
  }

  /** Certificates whose signatures were verified. */
  get checks(): number {
    return this.#checks
  }

  /** Takes the block of the needed epoch. Throws FollowError: then its server is wrong, what is trusted by then stands, and another bisection goes on from there. */
  take(block: LightBlock): void {
    const { epoch } = block.checkpoint
    if (this.#needed === undefined) throw new InvariantError('light', 'a block that nobody needs', { epoch })
    if (epoch !== this.#needed) throw new FollowError('epoch', 'epoch of the answer', `${this.#needed}`, epoch)
    checkOrder(this.#trusted, block, this.#options.nowMs)
    this.#hold(block)
    this.#advance()
  }

  /** Goes as far as the blocks at hand lead. */
  #advance(): void {
    for (;;) {
      const farthest = this.#farthest()
      if (farthest !== undefined) {
        this.#trust(farthest)
        if (this.#trusted.epoch === this.#options.target) {
          this.#needed = undefined
          return
        }
        continue
      }
      const wanted = this.#wanted()
      const block = this.#heldNear(wanted)
      if (block === undefined) {
        this.#needed = wanted
        return
      }
      this.#judge(block)
    }
  }

  /** The block to go to, once there is one near enough and none to be tried beyond. */
  #farthest(): LightBlock | undefined {
    const isLast = this.#best?.checkpoint.epoch === this.#options.target || this.#tooFar !== undefined
    return isLast ? this.#best : undefined
  }

  /** The epoch to try next: half of what was too far, or beyond what was near enough. */
  #wanted(): number {
    const from = this.#best?.checkpoint.epoch ?? this.#trusted.epoch
    if (this.#tooFar !== undefined) return from + Math.max(1, Math.floor((this.#tooFar - from) / 2))
    return Math.min(this.#options.target, from + (this.#best === undefined ? this.#stride : this.#reach))
  }

  #judge(block: LightBlock): void {
    const { epoch } = block.checkpoint
    const { epoch: from } = this.#trusted
    if (epoch > from + 1 && !isSkippable(this.#trusted, block)) {
      this.#tooFar = epoch
      return
    }
    this.#best = block
    this.#reach = this.#reach === 0 ? Math.max(1, Math.floor((epoch - from) / reachDivisor)) : 2 * this.#reach
  }

  #trust(block: LightBlock): void {
    const { crypto, nowMs } = this.#options
    const { epoch } = block.checkpoint
    this.#checkAge()
    this.#checks++
    if (epoch === this.#trusted.epoch + 1) checkNext(crypto, this.#trusted, block, nowMs)
    else checkSkip(crypto, this.#trusted, block, nowMs)
    this.#stride = epoch - this.#trusted.epoch
    this.#trusted = trustedFrom(block)
    this.#block = block
    this.#beginStep()
    for (const held of this.#held.keys()) if (held <= epoch) this.#held.delete(held)
  }

  #beginStep(): void {
    this.#best = undefined
    this.#tooFar = undefined
    this.#reach = 0
  }

  #checkAge(): void {
    const { anyAge, nowMs } = this.#options
    if (anyAge !== true) checkFresh(this.#trusted, nowMs)
  }

  #hold(block: LightBlock): void {
    this.#held.set(block.checkpoint.epoch, block)
    if (this.#held.size <= heldMax) return
    // The target will be asked for again and again; of the others the oldest is the least likely to be wanted.
    for (const epoch of this.#held.keys()) {
      if (epoch === this.#options.target) continue
      this.#held.delete(epoch)
      return
    }
  }

  /** A block at hand that serves as well as the wanted one: as near to it as a quarter of the way there. */
  #heldNear(wanted: number): LightBlock | undefined {
    const from = this.#best?.checkpoint.epoch ?? this.#trusted.epoch
    const leeway = Math.floor((wanted - from) / 4)
    let nearest: LightBlock | undefined
    let nearestGap = leeway + 1
    for (const [epoch, block] of this.#held) {
      const gap = Math.abs(epoch - wanted)
      if (epoch <= from || epoch >= (this.#tooFar ?? Number.POSITIVE_INFINITY) || gap >= nearestGap) continue
      nearest = block
      nearestGap = gap
    }
    return nearest
  }
}
