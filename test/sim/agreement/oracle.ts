import * as assert from 'uvu/assert'

/**
 * Judges a run from what was signed and decided, in plain terms of its own: it knows a vote's five fields and the stakes,
 * and shares no code with the reducer.
 */
export interface JudgedVote {
  readonly validator: number
  readonly type: 'prevote' | 'precommit'
  readonly round: number
  /** Text of the checkpoint, or nil. */
  readonly checkpoint: string | null
  readonly validRound: number
}

export interface JudgedDecision {
  readonly node: number
  readonly checkpoint: string
  readonly isValid: boolean
  readonly round: number
  readonly signers: readonly number[]
}

export class AgreementOracle {
  readonly #stakes: readonly number[]
  readonly #honest: ReadonlySet<number>
  /** By (round, type, checkpoint, validRound): who signed exactly this. */
  readonly #signers = new Map<string, Set<number>>()
  readonly #votesOf = new Map<number, JudgedVote[]>()
  readonly #proposed = new Map<string, string>()
  readonly decisions: JudgedDecision[] = []

  constructor(stakes: readonly number[], honest: ReadonlySet<number>) {
    this.#stakes = stakes
    this.#honest = honest
  }

  /** A proposal left its proposer. */
  proposed(validator: number, round: number, content: string): void {
    if (!this.#honest.has(validator)) return
    const slot = `${validator}/${round}`
    const before = this.#proposed.get(slot) ?? content
    assert.is(content, before, `validator ${validator} proposed two values in round ${round}`)
    this.#proposed.set(slot, content)
  }

  /** A vote left its validator. */
  voted(vote: JudgedVote): void {
    this.#signersOf(vote).add(vote.validator)
    if (!this.#honest.has(vote.validator)) return
    const before = this.#votesOf.get(vote.validator) ?? []
    const isRepeated = before.some(other => describe(other) === describe(vote))
    if (isRepeated) return
    this.#judgeAgainst(vote, before)
    this.#judgeGround(vote)
    this.#votesOf.set(vote.validator, [...before, vote])
  }

  decided(decision: JudgedDecision): void {
    const { checkpoint, round, signers, node } = decision
    assert.ok(decision.isValid, `node ${node} decided an invalid value`)
    for (const other of this.decisions) {
      assert.is(checkpoint, other.checkpoint, `nodes ${node} and ${other.node} decided differently`)
    }
    assert.is(new Set(signers).size, signers.length, 'a certificate names a signer twice')
    const didSign = this.#signers.get(key({ type: 'precommit', round, checkpoint, validRound: -1 }))
    for (const signer of signers) assert.ok(didSign?.has(signer), `validator ${signer} never signed this certificate`)
    assert.ok(this.#isQuorum(signers), 'a certificate without a quorum')
    this.decisions.push(decision)
  }

  accused(validator: number): void {
    assert.not(this.#honest.has(validator), `evidence against the honest validator ${validator}`)
  }

  #judgeAgainst(vote: JudgedVote, before: readonly JudgedVote[]): void {
    for (const other of before) {
      const isSameSlot = other.round === vote.round && other.type === vote.type
      assert.not(isSameSlot, `two votes for one slot: ${describe(other)}, then ${describe(vote)}`)
      const isLockBroken = breaksLock(other, vote) || breaksLock(vote, other)
      assert.not(isLockBroken, `a lock forgotten: ${describe(other)}, ${describe(vote)}`)
    }
  }

  /** Nobody honest precommits without a polka of the round, or prevotes on an earlier polka that never was. */
  #judgeGround(vote: JudgedVote): void {
    if (vote.checkpoint === null) return
    if (vote.type === 'precommit') {
      assert.ok(this.#hadPolka(vote.round, vote.checkpoint), `no polka for ${describe(vote)}`)
    } else if (vote.validRound >= 0) {
      assert.ok(vote.validRound < vote.round, `a polka of the future for ${describe(vote)}`)
      assert.ok(this.#hadPolka(vote.validRound, vote.checkpoint), `no earlier polka for ${describe(vote)}`)
    }
  }

  #hadPolka(round: number, checkpoint: string): boolean {
    for (let validRound = -1; validRound < round; validRound++) {
      const signers = this.#signers.get(key({ type: 'prevote', round, checkpoint, validRound }))
      if (signers !== undefined && this.#isQuorum([...signers])) return true
    }
    return false
  }

  #isQuorum(signers: readonly number[]): boolean {
    const sum = (of: readonly number[]) => of.reduce((total, stake) => total + BigInt(stake), 0n)
    return 3n * sum(signers.map(signer => this.#stakes[signer]!)) > 2n * sum(this.#stakes)
  }

  #signersOf(vote: JudgedVote): Set<number> {
    const signers = this.#signers.get(key(vote)) ?? new Set()
    this.#signers.set(key(vote), signers)
    return signers
  }
}

function breaksLock(lock: JudgedVote, later: JudgedVote): boolean {
  if (lock.type !== 'precommit' || later.type !== 'prevote') return false
  if (lock.checkpoint === null || later.checkpoint === null) return false
  return later.round > lock.round && later.validRound < lock.round
}

function key({ type, round, checkpoint, validRound }: Omit<JudgedVote, 'validator'>): string {
  return `${type}/${round}/${checkpoint}/${validRound}`
}

function describe(vote: JudgedVote): string {
  return `${vote.validator}: ${key(vote)}`
}
