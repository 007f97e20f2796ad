import {
  accountKeyText,
  type ByteKey,
  type ProvedNode,
  type ProvedRemark,
  type ProvedSubject,
  refKeyText,
} from '../../../consensus/light/index.ts'
import type { ExplanationNode } from '../../api/node-view.ts'
import { amountText } from '../words.ts'
import { Tree } from './tree.tsx'

const accountLength = 32

/** A proved payout as a tree like the node's explanations, but each line of it recomputed in the page. */
export function ProvedTree({ epoch, root }: { readonly epoch: number; readonly root: ProvedNode }) {
  return <Tree root={nodeOf(root, epoch)} />
}

function nodeOf({ subject, amount, children, omitted, remarks }: ProvedNode, epoch?: number): ExplanationNode {
  const { text, id } = textOf(subject)
  const below = children.map(child => nodeOf(child))
  const said = remarks.map(remark => ({
    text: remarkTexts[remark],
    amount: null,
    id: null,
    epoch: null,
    children: [],
    omitted: 0,
  }))
  return { text, amount, id, epoch: epoch ?? null, children: [...below, ...said], omitted }
}

const roleTexts = {
  operator: 'for running a validator',
  delegator: 'for stake at validators',
  executor: 'for executing',
  builder: 'for building models and agents',
  owner: 'for owning a datanet',
  origin: 'for contributing raw material',
  refiner: 'for refining data',
} as const

const remarkTexts: Readonly<Record<ProvedRemark, string>> = {
  'owner-changed': 'belongs to somebody else in the newer state that it was read from',
  'commission-changed': 'the validator’s commission is another by now',
  settlement: 'settled now, earned over earlier epochs: the amount is proved, its making isn’t',
  waited: 'had waited for its attribution since an earlier epoch',
  'later-time': 'its author claims a time after the one at which it became final',
}

function textOf(subject: ProvedSubject): { text: string; id: string | null } {
  switch (subject.type) {
    case 'account':
      return { text: 'paid', id: accountKeyText(subject.account) }
    case 'role':
      return { text: roleTexts[subject.role], id: null }
    case 'source':
      return { text: 'at', id: idOf(subject.source) }
    case 'cause':
      return { text: causeText(subject), id: idOf(subject.from.key) }
    case 'pool':
      return subject.from === undefined
        ? { text: 'paid for bytes by authors', id: null }
        : { text: 'out of the fees of', id: idOf(subject.from) }
    case 'bill':
      return {
        text: `of a fee of ${amountText(subject.fee)} OPEN for ${subject.action ? 'an action' : 'an inference'}`,
        id: idOf(subject.ref),
      }
    case 'attribution':
      return { text: 'as this attribution says', id: idOf(subject.ref) }
  }
}

function causeText({ list, from }: Extract<ProvedSubject, { type: 'cause' }>): string {
  if (from.kind === 'waiting') return 'what had waited for the attributor of'
  switch (list) {
    case 'uses':
      return 'named by records of'
    case 'unnamed':
      return 'data declared by'
    case 'fees':
      return 'fees of'
    default:
      return `${list} of`
  }
}

function idOf(key: ByteKey): string | null {
  if (key === '') return null
  return key.length === accountLength ? accountKeyText(key) : refKeyText(key)
}
