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
  'unknown-validator': 34,
  'no-stake': 35,
  'possession-signature': 36,
  'key-taken': 37,
  'key-banned': 38,
  'validator-barred': 39,
  'not-in-office': 40,
  'proposal-open': 41,
  'voting-over': 42,
  'unknown-key': 43,
  'nothing-at-stake': 44,
  'known-offence': 45,
  'no-offence': 46,
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
