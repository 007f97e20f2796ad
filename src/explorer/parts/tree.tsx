import { useState } from 'preact/hooks'
import type { ExplanationNode } from '../../api/node-view.ts'
import { counted } from '../words.ts'
import { Amount } from './amount.tsx'
import { EpochLink } from './epoch-link.tsx'
import { Id } from './id.tsx'

/** A tree of why: each line opens to what it is made of. */
export function Tree({ root }: { readonly root: ExplanationNode }) {
  return (
    <ul class="tree">
      <Branch node={root} depth={0} siblings={1} />
    </ul>
  )
}

/** So many levels are open from the beginning, the lower ones where there are few lines beside each other. */
const openDepth = 2
const openSiblings = 3

interface BranchProps {
  readonly node: ExplanationNode
  readonly depth: number
  /** Lines of its level, itself counted. */
  readonly siblings: number
}

function Branch({ node, depth, siblings }: BranchProps) {
  const [isOpen, setOpen] = useState(depth < openDepth && siblings <= openSiblings)
  const { children, omitted } = node
  if (children.length === 0 && omitted === 0) {
    return (
      <li>
        <Line node={node} />
      </li>
    )
  }
  return (
    <li>
      <button
        type="button"
        class="toggle"
        aria-expanded={isOpen}
        aria-label={`${node.text}: what it is made of`}
        onClick={() => setOpen(!isOpen)}
      >
        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
      </button>
      <Line node={node} />
      {isOpen && (
        <ul>
          {children.map((child, i) => (
            <Branch key={`${child.id} ${child.text} ${i}`} node={child} depth={depth + 1} siblings={children.length} />
          ))}
          {omitted > 0 && (
            <li>
              <span class="line aside">and {counted(omitted, 'smaller one')}</span>
            </li>
          )}
        </ul>
      )}
    </li>
  )
}

function Line({ node: { text, amount, id, epoch } }: { readonly node: ExplanationNode }) {
  return (
    <span class="line">
      {amount !== null && <Amount of={amount} />} <span>{text}</span>
      {id !== null && (
        <>
          {' '}
          <Id of={id} />
        </>
      )}
      {epoch !== null && (
        <>
          {' '}
          <span class="aside">
            in epoch <EpochLink of={epoch} />
          </span>
        </>
      )}
    </span>
  )
}
