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

/** Names in the form in which `explain` takes them: `@@NAME`, `@LABEL`. */
export function askableNames({ actors, labels }: Names): ReadonlyMap<string, string> {
  const sigil = (mark: string, names: Names['labels']) =>
    Object.entries(names).map(([name, id]): [string, string] => [id, mark + name])
  return new Map([...sigil('@@', actors), ...sigil('@', labels)])
}

/** The tree with at most so many children anywhere; the rest is counted as left out. */
export function trimmed(node: ExplanationNode, childrenMax: number): ExplanationNode {
  const children = node.children.slice(0, childrenMax).map(child => trimmed(child, childrenMax))
  return { ...node, children, omitted: node.omitted + node.children.length - children.length }
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

/** The tree as a person reads it; `names` are in the form of `askableNames`. */
export function explanationText(
  { subject, kind, from, to, root }: Omit<Explanation, 'oldest'>,
  names: ReadonlyMap<string, string>,
): string {
  const epochs = from === to ? `epoch ${from}` : `epochs ${from} to ${to}`
  const title = `${kind} ${names.get(subject) ?? subject}, ${epochs}`
  return [title, ...treeLines(explanationData(root, names), '', '')].join('\n')
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
    label ?? id,
    epoch === undefined ? undefined : `in epoch ${epoch}`,
  ]
  return parts.filter(part => part !== undefined).join('  ')
}
