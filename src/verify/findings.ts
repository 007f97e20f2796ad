import { LedgerError } from '../../consensus/errors.ts'
import { CorruptError } from '../store/errors.ts'
import { describeKey } from '../store/keys.ts'

/** Something that is wrong with a store. */
export interface Finding {
  /** The stored key, or the part of the ledger that the problem is in. */
  readonly what: string
  readonly problem: string
}

/** Beyond these, a report wouldn't be read. */
const findingsMax = 1000

/** What was found, each problem once. */
export class Findings {
  readonly #findings = new Map<string, Finding>()
  #count = 0

  get all(): Finding[] {
    return [...this.#findings.values()]
  }

  get count(): number {
    return this.#count
  }

  add(what: Uint8Array | string, problem: string): void {
    const finding = { what: typeof what === 'string' ? what : describeKey(what), problem }
    const key = `${finding.what}: ${problem}`
    if (this.#findings.has(key)) return
    this.#count++
    if (this.#findings.size < findingsMax) this.#findings.set(key, finding)
  }

  /** Reads or checks something; what it throws is a finding about `what`, or about the damaged key that it came upon. */
  attempt<T>(what: Uint8Array | string, check: () => T): T | undefined {
    try {
      return check()
    } catch (error) {
      this.caught(what, error)
      return undefined
    }
  }

  async attemptAsync<T>(what: Uint8Array | string, check: () => Promise<T>): Promise<T | undefined> {
    try {
      return await check()
    } catch (error) {
      this.caught(what, error)
      return undefined
    }
  }

  /** Passes on what is no finding. */
  caught(what: Uint8Array | string, error: unknown): void {
    if (error instanceof CorruptError) this.add(error.key, error.message.slice(describeKey(error.key).length + 2))
    else if (error instanceof LedgerError) this.add(what, error.message)
    else throw error
  }
}
