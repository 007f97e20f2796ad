import type { FetchedState, JoinStep } from './join-step.ts'

/** How far the join of this process is, for whoever measures it. */
export class JoinTally {
  #isJoining = false
  #fetched: FetchedState | undefined

  get isJoining(): boolean {
    return this.#isJoining
  }

  /** What has come of a state; undefined where none was fetched. */
  get fetched(): FetchedState | undefined {
    return this.#fetched
  }

  tell(step: JoinStep): void {
    this.#isJoining = true
    if (step.step === 'fetching') this.#fetched = step
  }

  end(): void {
    this.#isJoining = false
  }
}
