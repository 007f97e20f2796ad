// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is replaced is source text

import { ledgerSabotages } from './ledger-sabotages.ts'
import type { Sabotage } from './sabotage.ts'

const rules = 'consensus/agreement/rules.ts'
const votes = 'consensus/agreement/vote-keeper.ts'
const durable = 'consensus/agreement/durable.ts'
const host = 'src/node/agreement-host.ts'
const judge = 'src/node/value-judge.ts'

export const sabotages: readonly Sabotage[] = [
  {
    name: 'L22 forgets the lock',
    profile: 'locks',
    edits: [
      {
        file: rules,
        from: "if (state.locked !== undefined) return prevote(turn, 'L22', null)",
        to: '',
      },
      {
        file: 'consensus/agreement/inquiry.ts',
        from: "step === 'propose' && locked === undefined",
        to: "step === 'propose' && (locked === undefined || true)",
      },
    ],
  },
  {
    name: 'L28 forgets the lock',
    profile: 'locks',
    edits: [
      {
        file: rules,
        from: "validRound < lockedRound ? 'invalid' :",
        to: "validRound < lockedRound - 1e9 ? 'invalid' :",
      },
    ],
  },
  {
    name: 'L16 forgets the valid value',
    edits: [
      {
        file: 'consensus/agreement/rounds.ts',
        from: 'if (valid === undefined) {\n    trace',
        to: 'if (valid === undefined || round >= 0) {\n    trace',
      },
      {
        file: 'consensus/agreement/step.ts',
        from: 'if (state.valid !== undefined) {\n    propose(turn)',
        to: 'if (state.valid !== undefined && round < 0) {\n    propose(turn)',
      },
    ],
  },
  {
    name: 'L36 locks nothing',
    profile: 'locks',
    edits: [{ file: rules, from: 'change(turn, { locked: held })', to: '' }],
  },
  {
    name: 'L42 forgets polkas of earlier rounds',
    profile: 'locks',
    edits: [{ file: rules, from: 'L22, L36, L42, L44', to: 'L22, L36, L44' }],
  },
  {
    name: 'L47 sets no timer',
    edits: [{ file: rules, from: 'L44, L34, L47]', to: 'L44, L34]' }],
  },
  {
    name: 'L55 skips no rounds',
    edits: [{ file: rules, from: '[L49, L55, L28', to: '[L49, L28' }],
  },
  {
    name: 'L57 waits where a polka is promised',
    edits: [
      {
        file: rules,
        from: "if (turn.state.round === round && turn.state.step === 'propose') prevote",
        to: "const waits = proposalsIn(turn.state.proposals, round).some(({ validRound }) => validRound >= 0)\n  if (!waits && turn.state.round === round && turn.state.step === 'propose') prevote",
      },
    ],
  },
  {
    name: 'a vote counts each time it comes',
    edits: [
      { file: votes, from: 'if (ballots.first.has(vote.validator)) return keeper', to: '' },
      { file: votes, from: 'if (tally?.votes.has(vote.validator)) return keeper', to: '' },
    ],
  },
  {
    name: 'prevotes count together whatever polka they rest on',
    profile: 'locks',
    edits: [
      {
        file: votes,
        from: "return `${validRound}/${checkpoint?.key ?? 'nil'}`",
        to: "return `${validRound && ''}${checkpoint?.key ?? 'nil'}`",
      },
    ],
  },
  {
    name: 'two thirds are enough',
    edits: [
      {
        file: 'consensus/agreement/validator-set.ts',
        from: 'return 3 * stake > 2 * total',
        to: 'return 3 * stake >= 2 * total',
      },
    ],
  },
  {
    name: 'half is enough',
    edits: [
      {
        file: 'consensus/agreement/validator-set.ts',
        from: 'return 3 * stake > 2 * total',
        to: 'return 2 * stake > total',
      },
    ],
  },
  {
    name: 'the set of the epoch before votes',
    edits: [
      {
        file: host,
        from: 'const { validators } = ledger.head',
        to: 'const { previous: validators } = ledger.head',
      },
      {
        file: host,
        from: 'const set = epoch === current ? validators : nextValidators',
        to: 'const set = epoch === current ? this.#state.validators : nextValidators && validators',
      },
      {
        file: 'src/node/ledger.ts',
        from: 'this.#expectCommit(decided, validators)',
        to: 'this.#expectCommit(decided, this.#head.previous)',
      },
    ],
  },
  {
    name: 'signatures of certificates are believed',
    edits: [
      {
        file: 'consensus/agreement/certificate.ts',
        from: "return areGood ? undefined : 'bad-signature'",
        to: "return areGood || !areGood ? undefined : 'bad-signature'",
      },
    ],
  },
  {
    name: 'signatures of votes are believed',
    profile: 'liars',
    edits: [
      {
        file: 'consensus/agreement/vote.ts',
        from: 'return validator !== undefined && crypto.verify(vote.signature, messageBytes(chain, vote), validator.key)',
        to: 'return validator !== undefined && (crypto.verify(vote.signature, messageBytes(chain, vote), validator.key) || true)',
      },
    ],
  },
  {
    name: 'a message leaves before it is durable',
    edits: [{ file: host, from: 'await this.#durable.write(state', to: 'void this.#durable.write(state' }],
  },
  {
    name: 'a restart forgets what was said',
    edits: [
      {
        file: host,
        from: 'return restore(options, recovered.durable)',
        to: 'return newEpoch(restore(options, recovered.durable))',
      },
    ],
  },
  {
    name: 'a crash loses the lock',
    profile: 'locks',
    edits: [{ file: durable, from: 'locked: roundValueOf(locked),', to: 'locked: roundValueOf(locked && undefined),' }],
  },
  {
    name: 'a crash loses the round and the step',
    edits: [
      {
        file: durable,
        from: '    round,\n    // A decision',
        to: '    round: -1 && round * 0 - 1,\n    // A decision',
      },
      { file: durable, from: 'own: own.map(ownValue),', to: 'own: own.slice(0, 0).map(ownValue),' },
    ],
  },
  {
    name: 'a final epoch is not synced',
    edits: [
      {
        file: 'src/store/store.ts',
        from: 'await (synced ?? this.#database.sync())\n    await this.#database.write(this.#epochOps(write), true)',
        to: 'await this.#database.write(this.#epochOps(write), false)',
      },
      {
        file: 'src/engine/engine.ts',
        from: 'const synced = this.#store.sync()',
        to: 'const synced = Promise.resolve()',
      },
    ],
  },
  {
    name: 'a proposal does not wait for its batches to be written',
    edits: [{ file: host, from: 'await written()', to: '' }],
  },
  {
    name: 'a vote does not wait for the disk to have the batches',
    edits: [
      // The engine begins to write them when it executes: that alone would hide this nearly always.
      { file: 'src/engine/engine.ts', from: 'const synced = this.#store.sync()', to: 'const synced = undefined' },
      { file: 'src/engine/engine.ts', from: 'synced.catch(() => {})', to: '' },
      { file: judge, from: 'await ledger.store.sync()', to: '' },
    ],
  },
  {
    name: 'a prevote does not wait for the batches',
    edits: [
      {
        file: judge,
        from: "return 'missing'\n    if (question.fresh)",
        to: 'fetcher.lacking\n    if (question.fresh)',
      },
      {
        file: judge,
        from: "if (error instanceof MissingBatchError) return 'missing'",
        to: 'if (error instanceof MissingBatchError) return undefined',
      },
    ],
  },
  {
    name: 'whatever was decided is applied',
    profile: 'liars',
    edits: [
      { file: 'src/node/ledger.ts', from: 'if (differing.length > 0) throw', to: 'if (differing.length > 99) throw' },
    ],
  },
  {
    name: 'any root is as good as another',
    profile: 'liars',
    edits: [
      {
        file: judge,
        from: 'return differing.length === 0 ? undefined :',
        to: 'return differing.length >= 0 ? undefined :',
      },
    ],
  },
  {
    name: 'the order of execution depends on the order of arrival',
    edits: [
      {
        file: 'consensus/ledger/execute.ts',
        from: 'const parts = [...input.parts].sort((a, b) => compareKeys(a.author, b.author))',
        to: 'const parts = [...input.parts].sort((a, b) => 0 * compareKeys(a.author, b.author))',
      },
      {
        file: 'src/engine/engine.ts',
        from: 'const parts = cutParts(this.#store, view.state, this.#chain, cut)',
        to: 'const parts = cutParts(this.#store, view.state, this.#chain, [...cut].sort((a, b) => (this.#store.batches.get(a.batch)?.arrival ?? 0) - (this.#store.batches.get(b.batch)?.arrival ?? 0)))',
      },
    ],
  },
  {
    name: 'a time far ahead is taken',
    profile: 'liars',
    edits: [{ file: judge, from: 'const aheadMsMax = 10_000', to: 'const aheadMsMax = 1e12' }],
  },
  {
    name: 'the inclusion check holds in every round',
    profile: 'rush',
    edits: [{ file: judge, from: 'if (round > 0) return undefined', to: '' }],
  },
  {
    name: 'timeouts double without a cap',
    profile: 'split',
    edits: [
      {
        file: 'consensus/agreement/timeouts.ts',
        from: 'return Math.min(timeouts[step] + round * timeouts.growth, timeouts.cap)',
        to: 'return timeouts[step] * 2 ** round',
      },
    ],
  },
  {
    name: 'nothing is sent again',
    edits: [{ file: 'src/node/node.ts', from: 'clock.every(resendMs, () => this.#agreement.resend()),', to: '' }],
  },
  {
    name: 'what is sent again has the same number',
    edits: [{ file: host, from: 'this.#attempt++\n', to: '\n' }],
  },
  {
    name: 'votes are never asked for',
    edits: [{ file: 'src/node/node.ts', from: 'clock.every(pullMs, () => this.#votes.pull()),', to: '' }],
  },
  {
    name: 'nobody is followed',
    edits: [
      {
        file: 'src/node/sync.ts',
        from: 'this.#isDue = this.#running !== undefined || this.#isResting',
        to: 'this.#isDue = true',
      },
    ],
  },
  {
    name: 'peers are asked as often as anything hints',
    profile: 'rush',
    edits: [{ file: 'src/node/sync.ts', from: 'const restMs = 500', to: 'const restMs = 0' }],
  },
  {
    name: 'batches are never asked for',
    edits: [
      {
        file: 'src/node/batch-fetcher.ts',
        from: 'if (await this.#completeFrom(cut, peer, signal)) return true',
        to: 'if (peer === "" && (await this.#completeFrom(cut, peer, signal))) return true',
      },
      {
        file: 'src/node/batch-fetcher.ts',
        from: 'for (const [author, to] of ahead) {',
        to: 'for (const [author, to] of nothingAhead) {',
      },
    ],
  },
  {
    name: 'the proposer is drawn without regard to stake',
    edits: [
      {
        file: 'consensus/agreement/proposer.ts',
        from: 'let rest = Number((point * BigInt(totalStake(set))) >> 64n)',
        to: 'let rest = Number((point * BigInt(set.length)) >> 64n)',
      },
      { file: 'consensus/agreement/proposer.ts', from: 'rest -= set[i]!.stake', to: 'rest -= 1' },
    ],
  },
  {
    name: 'a false cut passes for a fault of the own',
    profile: 'liars',
    edits: [
      {
        file: 'src/node/sync.ts',
        from: 'if (error.isCutProven || (await this.#isCutProven(decided, peer))) throw error',
        to: 'throw error',
      },
    ],
  },
  {
    name: 'evidence is seen where there is none',
    edits: [
      {
        file: 'consensus/agreement/evidence.ts',
        from: 'later.validRound < lock.round',
        to: 'later.validRound <= lock.round',
      },
    ],
  },
  ...ledgerSabotages,
]
