/** R4: what became of a finalized record. 0 done, 1 paid, 2 unpaid, from 16 on failed. The table is closed; texts are local. */
export const outcomes = {
  done: 0,
  paid: 1,
  unpaid: 2,
  'unknown-ref': 16,
  'wrong-kind': 17,
  'not-owner': 18,
  'no-funds': 19,
  'duplicate-content': 20,
  'share-out-of-bounds': 21,
  'session-unknown': 22,
  'not-payee': 23,
  'session-over': 24,
  'not-for': 25,
  'voucher-not-above': 26,
  'voucher-signature': 27,
  'base-share-too-low': 28,
  'reach-too-large': 29,
  'not-reviewer': 30,
  'not-attributor': 31,
  'nothing-waiting': 32,
  'expires-out-of-range': 33,
  'too-high': 34,
  'unknown-validator': 35,
  'no-stake': 36,
  'possession-signature': 37,
  'key-taken': 38,
  'key-banned': 39,
  'validator-barred': 40,
  'not-in-office': 41,
  'proposal-open': 42,
  'voting-over': 43,
  'unknown-key': 44,
  'nothing-at-stake': 45,
  'known-offence': 46,
  'no-offence': 47,
} as const

export type OutcomeName = keyof typeof outcomes
export type Outcome = (typeof outcomes)[OutcomeName]

export const outcomeFailedMin = 16

const names = new Map<number, OutcomeName>(Object.entries(outcomes).map(([name, code]) => [code, name as OutcomeName]))

export function outcomeName(code: number): OutcomeName | undefined {
  return names.get(code)
}

export function isFailed(code: number): boolean {
  return code >= outcomeFailedMin
}
