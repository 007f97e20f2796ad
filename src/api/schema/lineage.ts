import Type from 'typebox'
import { assetKinds } from './asset.ts'
import type { Plain } from './plain.ts'
import { account, count, epoch, orNull, ppm, ref } from './words.ts'

/** Money of many epochs together may outgrow the supply. */
const money = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'µOPEN.' })

export const lineageNode = Type.Object({
  ref,
  kind: Type.Enum([...assetKinds]),
  name: Type.String({ description: 'Or the end of its ref, where it has none.' }),
  owner: account,
  received: { ...money, description: 'µOPEN: fees of a model or agent, and what flowed in from others.' },
  paid: { ...money, description: 'µOPEN that accounts were paid for it, in any role.' },
})
export type LineageNode = Plain<typeof lineageNode>

export const relation = Type.Enum(['base', 'data', 'parent', 'member', 'named', 'origin'], {
  description: 'As was declared; `named` and `origin` are by money alone, the latter past the parents to an origin.',
})
export type Relation = Plain<typeof relation>

export const lineageEdge = Type.Object({
  from: { ...ref, description: 'What was made.' },
  to: { ...ref, description: 'What it was made from: the way that money takes.' },
  relation,
  weight: { ...orNull(ppm), description: 'As declared; null where nothing was.' },
  amount: money,
})
export type LineageEdge = Plain<typeof lineageEdge>

export const lineage = Type.Object({
  subject: ref,
  from: { ...epoch, description: 'First epoch whose money is told.' },
  to: { ...epoch, description: 'The last one.' },
  nodes: Type.Array(lineageNode, { description: 'The subject first, then the nearest.' }),
  edges: Type.Array(lineageEdge),
  omitted: { ...count, description: 'Assets that belong to it and were left out to keep the answer short.' },
})
export type Lineage = Plain<typeof lineage>
