import type { Amount } from '../../../consensus/amount.ts'
import { type Ref, refText } from '../../../consensus/ref.ts'
import type { ExplanationNode } from '../../api/node-view.ts'

/** Bounds of an answer: the biggest of each level are shown, the others counted. */
const branchesMax = 12
const leavesMax = 6

/** What a record has to do with the line above it. */
export interface Leaf {
  readonly text: string
  readonly amount: Amount
  readonly ref: Ref
  readonly epoch: number
}

/**
 * A line of an explanation while it grows, epoch by epoch. Amounts of the lines below one with an amount add up to it exactly; what
 * is left out for brevity is the rest. A line without an amount is a heading or a remark.
 */
export class Branch {
  readonly #text: string
  readonly #id: string | null
  readonly #branches = new Map<string, Branch>()
  readonly #remarks: ExplanationNode[] = []
  #omitted = 0
  #leaves: Leaf[] = []
  #leafCount = 0
  #amount: Amount | null

  private constructor(text: string, id: string | null, amount: Amount | null) {
    this.#text = text
    this.#id = id
    this.#amount = amount
  }

  /** A line that says how much. */
  static sum(text: string, id: string | null = null): Branch {
    return new Branch(text, id, 0)
  }

  /** A line over others that answer different questions and don't add up. */
  static heading(text: string, id: string | null = null): Branch {
    return new Branch(text, id, null)
  }

  get amount(): Amount {
    return this.#amount ?? 0
  }

  get isEmpty(): boolean {
    return this.amount === 0 && this.#branches.size === 0 && this.#leafCount === 0 && this.#remarks.length === 0
  }

  add(amount: Amount): this {
    this.#amount = (this.#amount ?? 0) + amount
    return this
  }

  /** The line below with this key; the same one in every epoch. */
  sum(key: string, text: string, id: string | null = null): Branch {
    return this.#below(key, () => Branch.sum(text, id))
  }

  heading(key: string, text: string, id: string | null = null): Branch {
    return this.#below(key, () => Branch.heading(text, id))
  }

  remark(text: string, id: string | null = null): void {
    this.#remarks.push({ text, amount: null, id, epoch: null, children: [], omitted: 0 })
  }

  /** Lines below that somebody else left out. */
  omit(count: number): void {
    this.#omitted += count
  }

  /** Another sum that doesn't count into this one. */
  attach(text: string, branch: Branch): void {
    this.#remarks.push({ text, amount: null, id: null, epoch: null, children: [branch.toNode()], omitted: 0 })
  }

  leaf(leaf: Leaf): void {
    this.#leafCount++
    this.#leaves.push(leaf)
    if (this.#leaves.length >= 16 * leavesMax) this.#leaves = largest(this.#leaves)
  }

  toNode(): ExplanationNode {
    const branches = [...this.#branches.values()].filter(branch => !branch.isEmpty)
    // Under a heading the order is the one of telling.
    if (this.#amount !== null) branches.sort((a, b) => b.amount - a.amount)
    const shown = branches.slice(0, branchesMax)
    const leaves = largest(this.#leaves)
    return {
      text: this.#text,
      amount: this.#amount,
      id: this.#id,
      epoch: null,
      children: [
        ...shown.map(branch => branch.toNode()),
        ...leaves.map(({ ref, ...leaf }) => ({ ...leaf, id: refText(ref), children: [], omitted: 0 })),
        ...this.#remarks,
      ],
      omitted: this.#omitted + branches.length - shown.length + (this.#leafCount - leaves.length),
    }
  }

  #below(key: string, make: () => Branch): Branch {
    let branch = this.#branches.get(key)
    if (branch === undefined) {
      branch = make()
      this.#branches.set(key, branch)
    }
    return branch
  }
}

/** Sorting is stable: of equal ones those that came first. */
function largest(leaves: readonly Leaf[]): Leaf[] {
  return [...leaves].sort((a, b) => b.amount - a.amount).slice(0, leavesMax)
}
