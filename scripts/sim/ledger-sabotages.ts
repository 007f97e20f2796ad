import type { Sabotage } from './sabotage.ts'

/** Damage to elections, punishment and parameters. */
export const ledgerSabotages: readonly Sabotage[] = [
  {
    name: 'who is elected takes office at once',
    edits: [
      {
        file: 'consensus/ledger/close-epoch.ts',
        from: '{ previous: current, current: next, next: elected }',
        to: '{ previous: current, current: elected, next: elected }',
      },
    ],
  },
  {
    name: 'the whole set may change at once',
    edits: [
      {
        file: 'consensus/ledger/stake/election.ts',
        from: 'succeed(next, elected, params.maxValidators)',
        to: 'elected.slice(0, params.maxValidators) ?? succeed(next, elected, 0)',
      },
    ],
  },
  {
    name: 'an offence costs nothing',
    edits: [
      {
        file: 'consensus/ledger/stake/slashing.ts',
        from: 'if (params.slashDouble === 0) return 0',
        to: 'if (params.slashDouble >= 0) return 0',
      },
    ],
  },
  {
    name: 'who offended stays in office',
    edits: [
      {
        file: 'consensus/ledger/stake/slashing.ts',
        from: 'validators.change(account, { key: null, barredUntil',
        to: 'validators.change(account, { barredUntil',
      },
    ],
  },
  {
    name: 'an offence is punished as often as it is told',
    edits: [
      {
        file: 'consensus/records/evidence.ts',
        from: 'view.opening.offence(voteKey, epoch) !== undefined || view.offences.has(cell)',
        to: 'view.offences.has(cell)',
      },
    ],
  },
  {
    name: 'any two votes are evidence',
    edits: [
      {
        file: 'consensus/agreement/evidence.ts',
        from: 'if (offence === undefined) return undefined\n  const areSigned',
        to: 'const areSigned',
      },
      {
        file: 'consensus/agreement/evidence.ts',
        from: 'return areSigned ? offence : undefined',
        to: "return areSigned ? (offence ?? 'equivocation') : undefined",
      },
    ],
  },
  {
    name: 'parameters change beyond their bounds',
    edits: [
      {
        file: 'consensus/ledger/governance/conclusion.ts',
        from: 'return checkParams({ ...params, ...changes })',
        to: 'return { ...params, ...changes } ?? checkParams({})',
      },
    ],
  },
]
