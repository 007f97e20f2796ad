import { isTwoThirdsMajority, type Office, turnOf } from './office.ts'
import { isOffence, readStatement, type Statement, statementText } from './statement.ts'
import { Violation } from './violation.ts'

/** Everything that was ever signed with a vote key, by whom, and whether an honest machine may have. */
export class SignedBook {
  /** Undefined where nobody can tell. */
  readonly #officeOf: (epoch: number) => Office | undefined
  readonly #isHonest: (key: string) => boolean
  readonly #nameOf: (key: string) => string
  /** By (epoch, key). */
  readonly #bySigner = new Map<string, Statement[]>()
  /** By what was said: who said it. */
  readonly #signers = new Map<string, Set<string>>()

  constructor(parts: {
    readonly officeOf: (epoch: number) => Office | undefined
    readonly isHonest: (key: string) => boolean
    readonly nameOf: (key: string) => string
  }) {
    this.#officeOf = parts.officeOf
    this.#isHonest = parts.isHonest
    this.#nameOf = parts.nameOf
  }

  /** `bytes`: what the signature covers. */
  signed(key: string, bytes: Uint8Array): Statement {
    const statement = readStatement(bytes)
    const { epoch } = statement
    const before = this.#of(epoch, key)
    const isRepeated = before.some(other => textOf(other) === textOf(statement))
    this.#signersOf(statement).add(key)
    if (!isRepeated) {
      const office = this.#isHonest(key) ? this.#officeOf(epoch) : undefined
      if (office !== undefined) this.#judge(key, office, statement, before)
      before.push(statement)
    }
    return statement
  }

  /** Who precommitted to a checkpoint in a round. */
  didPrecommit(key: string, epoch: number, round: number, checkpoint: string): boolean {
    return this.#signersOf({ type: 'precommit', epoch, round, checkpoint, validRound: -1, content: null }).has(key)
  }

  /** Keys with two statements in the epoch that no honest validator signs both of. */
  offenders(epoch: number): string[] {
    return this.#officeOf(epoch)!
      .map(({ key }) => key)
      .filter(key => {
        const all = this.#of(epoch, key)
        return all.some((a, i) => all.slice(i + 1).some(b => isOffence(a, b)))
      })
  }

  #judge(key: string, office: Office, statement: Statement, before: readonly Statement[]): void {
    const name = this.#nameOf(key)
    for (const other of before) {
      if (!isOffence(other, statement)) continue
      const both = `${name} signed ${statementText(other)}, then ${statementText(statement)}`
      throw new Violation(other.type === statement.type ? 'signs-twice' : 'lock-forgotten', both)
    }
    if (statement.type === 'proposal') {
      const isInTurn = turnOf(office, statement.epoch, statement.round).key === key
      if (!isInTurn) throw new Violation('out-of-turn', `${name} signed ${statementText(statement)}`)
      return
    }
    if (statement.checkpoint === null) return
    const ground = statement.type === 'precommit' ? statement.round : statement.validRound
    if (ground >= 0 && !this.#hadPolka(office, statement.epoch, ground, statement.checkpoint))
      throw new Violation('no-polka', `${name} signed ${statementText(statement)} without one in round ${ground}`)
  }

  #hadPolka(office: Office, epoch: number, round: number, checkpoint: string): boolean {
    for (let validRound = -1; validRound < round; validRound++) {
      const signers = this.#signers.get(
        textOf({ type: 'prevote', epoch, round, checkpoint, validRound, content: null }),
      )
      if (signers !== undefined && isTwoThirdsMajority(office, signers)) return true
    }
    return false
  }

  #of(epoch: number, key: string): Statement[] {
    const place = `${epoch}/${key}`
    const statements = this.#bySigner.get(place) ?? []
    this.#bySigner.set(place, statements)
    return statements
  }

  #signersOf(statement: Statement): Set<string> {
    const text = textOf(statement)
    const signers = this.#signers.get(text) ?? new Set()
    this.#signers.set(text, signers)
    return signers
  }
}

function textOf({ type, epoch, round, checkpoint, validRound, content }: Statement): string {
  return `${type}/${epoch}/${round}/${checkpoint}/${validRound}/${content}`
}
