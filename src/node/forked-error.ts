import { accountKeyText } from '../../consensus/account.ts'
import { LedgerError } from '../../consensus/errors.ts'
import type { Guilty } from '../../consensus/light/following/guilty.ts'
import { evidenceLine } from '../records/text.ts'

/**
 * T12: more than 2/3 of the stake made another checkpoint final than the one that is final here, so more than 1/3 signed twice. A
 * node can't tell which history is the right one: it applies nothing more, and names who it can prove it of.
 */
export class ForkedError extends LedgerError {
  constructor(epoch: number, what: string, guilty: readonly Guilty[]) {
    const names = guilty.map(({ account }) => accountKeyText(account))
    const signed = names.length === 0 ? '' : `; both are signed by ${names.join(', ')}`
    super(
      'forked',
      `the ledger has two histories: ${what}${signed}. Nothing of it was applied`,
      {
        epoch,
        guilty: names,
        evidence: guilty.flatMap(({ proof }) => (proof === null ? [] : [evidenceLine(proof.evidence)])),
      },
      'agree with other operators which history goes on; the lines under evidence can be submitted to it',
    )
  }
}
