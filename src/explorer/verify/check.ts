import { isUnproved } from './unproved.ts'

/** One thing that is checked, as the reader sees it. */
export interface Check {
  /** What is checked, as a statement. */
  readonly claim: string
  readonly state: 'running' | 'passed' | 'unproved' | 'failed'
  /** What was found, or what is wrong. */
  readonly detail: string
  /** Single findings below it, the newest last. */
  readonly steps: readonly string[]
}

/** Findings that are kept of one check. */
const stepsMax = 500

/** Told whenever a check begins, finds something or ends. */
export type Watch = (checks: readonly Check[]) => void

/** A check didn't pass, and all after it would rest on it. */
export class FailedCheck extends Error {
  /** Whether what the node showed is wrong; else it merely didn't show enough. */
  readonly isWrong: boolean

  constructor(claim: string, isWrong: boolean, options: ErrorOptions) {
    super(claim, options)
    this.isWrong = isWrong
  }
}

/** Checks in their order; the first that doesn't pass is the last. */
export class Checks {
  readonly #watch: Watch
  #all: readonly Check[] = []

  constructor(watch: Watch) {
    this.#watch = watch
  }

  /**
   * Runs a check. `work` may tell what it finds on the way, and says at the end what came out. What it throws makes the check fail, and
   * this throw FailedCheck; what the node only didn't show is unproved, not wrong.
   */
  async run<T>(claim: string, work: (step: (text: string) => void) => Promise<Outcome<T>>): Promise<T> {
    const before = this.#all
    let check: Check = { claim, state: 'running', detail: '', steps: [] }
    const tell = (news: Partial<Check>): void => {
      check = { ...check, ...news }
      this.#all = [...before, check]
      this.#watch(this.#all)
    }
    tell({})
    try {
      const { value, detail } = await work(text => tell({ steps: [...check.steps, text].slice(-stepsMax) }))
      tell({ state: 'passed', detail })
      return value
    } catch (error) {
      const isWrong = !isUnproved(error)
      tell({ state: isWrong ? 'failed' : 'unproved', detail: reasonOf(error) })
      throw new FailedCheck(claim, isWrong, { cause: error })
    }
  }
}

export interface Outcome<T> {
  readonly value: T
  /** What came out, in a sentence. */
  readonly detail: string
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? `${error.message} (${code})` : error.message
}
