import { accountKeyText } from '../../consensus/account.ts'
import type { Cause } from '../../consensus/light/proof/climb.ts'
import type { ProvedClaim, ProvedNode, ProvedRemark, ProvedSubject } from '../../consensus/light/proof/proved-node.ts'
import { type RefKey, refKeyText } from '../../consensus/ref.ts'
import type { ExplanationNode } from '../api/node-view.ts'
import { openText } from '../decimal.ts'
import { roleTexts } from '../query/explain/account.ts'
import { short } from '../query/explain/catalogue.ts'
import { causeText } from '../query/explain/causes.ts'
import { priceText } from '../query/explain/claims.ts'
import { sourceText } from '../query/export.ts'

/** What was proved, in the shape and the words of `explain`; a light node knows no names, so refs stand for themselves. */
export function explanationOf(root: ProvedNode): ExplanationNode {
  return toNode(root, undefined, epochOf(root.subject))
}

const epochOf = (subject: ProvedSubject): number | null => (subject.type === 'account' ? subject.epoch : null)

function toNode(node: ProvedNode, about: RefKey | undefined, epoch: number | null): ExplanationNode {
  const { subject, amount, children, omitted } = node
  const below = subject.type === 'source' ? subject.source : about
  const shown = [...children].sort((a, b) => b.amount - a.amount)
  return {
    text: subjectText(subject, about),
    amount,
    id: subjectId(subject),
    epoch: subject.type === 'bill' || subject.type === 'attribution' ? epoch : null,
    children: [...shown.map(child => toNode(child, below, epoch)), ...saidOf(node).map(remarkNode)],
    omitted,
  }
}

/** `about` is the asset or model whose money is explained. */
export function subjectText(subject: ProvedSubject, about: RefKey | undefined): string {
  switch (subject.type) {
    case 'account':
      return 'earned'
    case 'role':
      return roleTexts[subject.role]
    case 'source':
      return sourceWords(subject)
    case 'cause':
      return causeText(ref => labelOf(subject, ref), about!, { ...subject, amount: 0 })
    case 'pool':
      return subject.from === undefined
        ? 'what authors paid for the bytes of their batches'
        : `fees of ${short(subject.from)}`
    case 'bill':
      return `of the fee of ${openText(subject.fee)} OPEN for an ${subject.action ? 'action' : 'inference'}`
    case 'attribution':
      return 'of what had waited for this attribution'
  }
}

function sourceWords({ role, source }: Extract<ProvedSubject, { type: 'source' }>): string {
  if (role === 'operator') return 'its part of the operators’ pool'
  if (role === 'delegator') return 'what stake at this validator earned until it changed'
  return `${role === 'executor' || role === 'builder' ? 'model or agent' : 'asset'} ${short(source)}`
}

function labelOf({ from }: Pick<Cause, 'from'>, ref: RefKey): string {
  if (ref !== from.key) return `asset ${short(ref)}`
  return `${from.kind === 'agent' ? 'agent' : 'model'} ${short(ref)}`
}

export function subjectId(subject: ProvedSubject): string | null {
  switch (subject.type) {
    case 'account':
      return accountKeyText(subject.account)
    case 'role':
      return null
    case 'source':
      return sourceText({ ...subject, amount: 0 })
    case 'cause':
      return subject.from.key === '' ? null : refKeyText(subject.from.key)
    case 'pool':
      return subject.from === undefined ? null : refKeyText(subject.from)
    default:
      return refKeyText(subject.ref)
  }
}

const remarkTexts: Readonly<Record<ProvedRemark, string>> = {
  'owner-changed': 'somebody else owns it in the state that was proved, which is of a later epoch',
  'commission-changed': 'not recomputed: the validator’s commission is another by now',
  settlement: 'not recomputed: it was earned over all epochs since the stake last changed',
  waited: 'how much had waited is proved by the list that divided it, not recomputed',
  'later-time': 'claims a time after the one at which it became final',
}

const claimTexts: Readonly<Record<Exclude<ProvedClaim['fault'], 'price'>, string>> = {
  reach: 'says that it drew on something that isn’t among the model’s data',
  'call-kind': 'calls what is no use of a model or agent',
  'call-model': 'calls a model that isn’t one of the agent’s',
  'call-payer': 'calls what somebody else paid for, in another agent’s session',
  'source-kind': 'names as the inference that generated it what is none',
  'source-parent': 'names as a parent what its source doesn’t say that it drew on',
  'source-use': 'leaves out of its parents what its source drew on',
  unknown: 'couldn’t be compared with this, which no peer has',
}

/** Something that is said of a line besides its amount. */
export interface Said {
  readonly text: string
  /** What it points to. */
  readonly id: string | null
}

/** R6 and whatever couldn't be recomputed. */
export function saidOf({ subject, remarks, claims = [] }: ProvedNode): Said[] {
  return [
    ...remarks.map(remark => ({ text: remarkTexts[remark], id: null })),
    ...claims.map(({ fault, about, listed }) => {
      const fee = subject.type === 'bill' ? subject.fee : 0
      return { text: fault === 'price' ? priceText(fee, listed!) : claimTexts[fault], id: refKeyText(about) }
    }),
  ]
}

function remarkNode({ text, id }: Said): ExplanationNode {
  return { text, amount: null, id, epoch: null, children: [], omitted: 0 }
}
