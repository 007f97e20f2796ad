import type { Question } from './input.ts'
import { type ValueName, valueKey } from './proposal.ts'

export type Verdict = 'asked' | 'valid' | 'invalid'

/**
 * What the host was asked and what it said. A verdict on freshness holds for its round; the other one for good, also over a
 * restart: a value that was judged is not judged again, and a second answer could differ from what was voted on the first.
 */
export interface Verdicts {
  readonly lasting: ReadonlyMap<string, Verdict>
  readonly fresh: ReadonlyMap<string, Verdict>
}

export const noVerdicts: Verdicts = { lasting: new Map(), fresh: new Map() }

export function verdictOn(verdicts: Verdicts, question: Question): Verdict | undefined {
  return question.fresh ? verdicts.fresh.get(freshKey(question)) : verdicts.lasting.get(valueKey(question))
}

export function isKnownValid(verdicts: Verdicts, value: ValueName): boolean {
  return verdicts.lasting.get(valueKey(value)) === 'valid'
}

/** What is valid and fresh is valid. What is stale may still be valid. */
export function withVerdict(verdicts: Verdicts, question: Question, verdict: Verdict): Verdicts {
  const { lasting, fresh } = verdicts
  const isLasting = !question.fresh || verdict === 'valid'
  return {
    lasting: isLasting ? new Map(lasting).set(valueKey(question), verdict) : lasting,
    fresh: question.fresh ? new Map(fresh).set(freshKey(question), verdict) : fresh,
  }
}

/** Forgets what was said about other values, and about freshness in other rounds. */
export function keepVerdicts(verdicts: Verdicts, round: number, values: readonly ValueName[]): Verdicts {
  const names = new Set(values.map(valueKey))
  const isOfRound = (key: string) => key.endsWith(`/${round}`)
  return {
    lasting: new Map([...verdicts.lasting].filter(([key]) => names.has(key))),
    fresh: new Map([...verdicts.fresh].filter(([key]) => isOfRound(key))),
  }
}

function freshKey(question: Question): string {
  return `${valueKey(question)}/${question.round}`
}
