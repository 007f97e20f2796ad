import type { Cid } from '../cid.ts'
import type { Question } from './input.ts'
import { parseValueKey, type ValueName, valueKey, valueKeyLength } from './proposal.ts'

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

/** The content with which a checkpoint was found valid. */
export function validContentOf(verdicts: Verdicts, id: Cid): ValueName | undefined {
  for (const [key, verdict] of verdicts.lasting) {
    if (verdict === 'valid' && key.startsWith(id.key)) return parseValueKey(key)
  }
  return undefined
}

/** All that were found valid. */
export function validValues({ lasting }: Verdicts): ValueName[] {
  return [...lasting].flatMap(([key, verdict]) => (verdict === 'valid' ? [parseValueKey(key)] : []))
}

/** Whether an answer about freshness is still to come; it may settle the lasting question too. */
export function isFreshnessPending(verdicts: Verdicts, value: ValueName): boolean {
  const prefix = valueKey(value)
  for (const [key, verdict] of verdicts.fresh) if (verdict === 'asked' && key.startsWith(prefix)) return true
  return false
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

/** Forgets what was said about other values. */
export function keepVerdicts(verdicts: Verdicts, values: readonly ValueName[]): Verdicts {
  const names = new Set(values.map(valueKey))
  const kept = (map: ReadonlyMap<string, Verdict>) =>
    new Map([...map].filter(([key]) => names.has(key.slice(0, valueKeyLength))))
  return { lasting: kept(verdicts.lasting), fresh: kept(verdicts.fresh) }
}

function freshKey(question: Question): string {
  return `${valueKey(question)}/${question.round}`
}

/** What freshness was said of, and in which round. */
export function parseFreshKey(key: string): ValueName & { readonly round: number } {
  return { ...parseValueKey(key.slice(0, valueKeyLength)), round: Number(key.slice(valueKeyLength + 1)) }
}
