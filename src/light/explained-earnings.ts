import { type AccountKey, accountKeyText } from '../../consensus/account.ts'
import type { ProvedNode, ProvedSubject } from '../../consensus/light/proof/proved-node.ts'
import { type RefKey, refFromKey } from '../../consensus/ref.ts'
import type { Explanation } from '../api/node-view.ts'
import { type Said, saidOf, subjectId, subjectText } from '../proofs/explanation.ts'
import { Branch } from '../query/explain/branch.ts'
import type { EarnedEpoch, Earnings } from './earnings.ts'

/** What is said of the records below one line; the others are only counted. */
const saidMax = 6

/** What was proved of an account's earnings, in the form of `explain`: the same lines of all epochs are one. */
export function explainEarnings(
  account: AccountKey,
  { from: asked, to, epochs, shownFrom = 1 }: Earnings,
): Explanation {
  const subject = accountKeyText(account)
  const tree = new GrowingTree(Branch.sum('earned', subject))
  for (const earned of epochs.toReversed()) tree.grow(earned)
  const from = Math.max(asked, shownFrom)
  return { subject, kind: 'account', from, to, oldest: 1, root: tree.root.toNode() }
}

class GrowingTree {
  readonly root: Branch
  readonly #said = new Map<Branch, Set<string>>()

  constructor(root: Branch) {
    this.root = root
  }

  grow({ epoch, payout, root, unwalked }: EarnedEpoch): void {
    this.root.add(payout.amount)
    if (root !== undefined) {
      this.#addBelow(this.root, root, undefined, epoch)
      return
    }
    for (const { role, source, amount } of payout.lines) {
      const line = this.#line(role, source, amount)
      if (unwalked !== undefined) line.omit(1)
    }
    if (unwalked !== undefined) this.#say(this.root, { text: `only the lines of some payouts: ${unwalked}`, id: null })
  }

  /** Nothing is known of what is below. */
  #line(role: Extract<ProvedSubject, { type: 'role' }>['role'], source: string, amount: number): Branch {
    const byRole = this.#below(this.root, { type: 'role', role }, undefined).add(amount)
    return this.#below(byRole, { type: 'source', role, source }, undefined).add(amount)
  }

  #addBelow(branch: Branch, node: ProvedNode, about: RefKey | undefined, epoch: number): void {
    branch.omit(node.omitted)
    for (const said of saidOf(node)) this.#say(branch, said)
    for (const child of node.children) {
      const { subject, amount } = child
      if (subject.type === 'bill' || subject.type === 'attribution') {
        branch.leaf({ text: subjectText(subject, about), amount, ref: refFromKey(subject.ref), epoch })
        // A record is a leaf: what is said of it stands beside it, and names it.
        for (const { text } of saidOf(child)) this.#say(branch, { text: `a record ${text}`, id: subjectId(subject) })
        continue
      }
      const line = this.#below(branch, subject, about).add(amount)
      this.#addBelow(line, child, subject.type === 'source' ? subject.source : about, epoch)
    }
  }

  #below(branch: Branch, subject: ProvedSubject, about: RefKey | undefined): Branch {
    return branch.sum(keyOf(subject), subjectText(subject, about), subjectId(subject))
  }

  /** Once, however many epochs it is true of. */
  #say(branch: Branch, { text, id }: Said): void {
    const said = this.#said.get(branch) ?? new Set()
    this.#said.set(branch, said)
    const key = `${text} ${id}`
    if (said.has(key)) return
    said.add(key)
    if (said.size <= saidMax) branch.remark(text, id)
    else branch.omit(1)
  }
}

/** What makes two lines of different epochs the same. */
function keyOf(subject: ProvedSubject): string {
  switch (subject.type) {
    case 'role':
      return subject.role
    case 'source':
      return subject.source
    case 'cause':
      return `${subject.from.kind}/${subject.list}/${subject.from.key}${subject.entered}`
    case 'pool':
      return subject.from ?? ''
    default:
      return subjectId(subject) ?? ''
  }
}
