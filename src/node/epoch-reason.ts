import { type CutContext, hasIncludable } from './cut-builder.ts'

/**
 * T9: whether there is anything to decide on. All that is held is looked at once an epoch, then only what came since: this is asked
 * with every message.
 */
export class EpochReason {
  readonly #context: () => CutContext
  /** Undefined: nobody has looked in this epoch. */
  #isFound: boolean | undefined

  constructor(context: () => CutContext) {
    this.#context = context
  }

  /** Another epoch: what was found belongs to the one before. */
  begin(): void {
    this.#isFound = undefined
  }

  find(): boolean {
    const context = this.#context()
    const arrived = context.mempool.takeArrived()
    const authors = this.#isFound === undefined ? context.mempool.authors() : arrived
    this.#isFound = this.#isFound === true || hasIncludable(context, authors)
    return this.#isFound
  }
}
