import { inverted, type Names } from '../api/names.ts'
import type { Explanation, ExplanationNode } from '../api/node-view.ts'
import { openText } from '../decimal.ts'

/** The tree as a program reads it: amounts are decimals in OPEN. */
export interface ExplanationData {
  readonly text: string
  readonly amount?: string
  readonly id?: string
  readonly label?: string
  readonly epoch?: number
  readonly children: readonly ExplanationData[]
  readonly omitted?: number
}

export function labelsOf({ actors, labels }: Names): ReadonlyMap<string, string> {
  return new Map([...inverted(actors), ...inverted(labels)])
}

export function explanationData(node: ExplanationNode, labels: ReadonlyMap<string, string>): ExplanationData {
  const { text, amount, id, epoch, children, omitted } = node
  const label = id === null ? undefined : labels.get(id)
  return {
    text,
    ...(amount === null ? {} : { amount: openText(amount) }),
    ...(id === null ? {} : { id }),
    ...(label === undefined ? {} : { label }),
    ...(epoch === null ? {} : { epoch }),
    children: children.map(child => explanationData(child, labels)),
    ...(omitted === 0 ? {} : { omitted }),
  }
}

/** The tree as a person reads it. */
export function explanationText(
  { subject, kind, from, to, root }: Explanation,
  labels: ReadonlyMap<string, string>,
): string {
  const label = labels.get(subject)
  const epochs = from === to ? `epoch ${from}` : `epochs ${from} to ${to}`
  const title = `${kind} ${label === undefined ? subject : `${label} (${subject})`}, ${epochs}`
  return [title, ...treeLines(explanationData(root, labels), '', '')].join('\n')
}

function treeLines(node: ExplanationData, first: string, rest: string): string[] {
  const lines = [first + nodeText(node)]
  const below = [...node.children.map(child => (f: string, r: string) => treeLines(child, f, r))]
  if (node.omitted !== undefined) below.push(f => [`${f}and ${node.omitted} more`])
  for (const [i, child] of below.entries()) {
    const isLast = i === below.length - 1
    lines.push(...child(rest + (isLast ? '└─ ' : '├─ '), rest + (isLast ? '   ' : '│  ')))
  }
  return lines
}

function nodeText({ text, amount, id, label, epoch }: ExplanationData): string {
  const parts = [
    amount === undefined ? undefined : `${amount} OPEN`,
    text,
    label === undefined ? id : `${label} (${id})`,
    epoch === undefined ? undefined : `in epoch ${epoch}`,
  ]
  return parts.filter(part => part !== undefined).join('  ')
}
