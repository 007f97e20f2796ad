import { type ByteKey, compareKeys, fromKey } from '../../bytes.ts'
import { encode } from '../../cbor/encode.ts'
import type { Crypto } from '../../crypto.ts'
import { ListTreeBuilder } from '../../merkle/list-tree.ts'
import { SumTreeBuilder } from '../../merkle/sum-tree.ts'
import { flowTree, inboundTree, lineTree, partTree, payeeTree, payoutTree } from '../trees.ts'
import { type Flow, type FlowList, type FlowPart, type FlowPayee, flowKinds, type Inbound, listNames } from './flow.ts'
import { type CreditLine, type Payout, roles } from './payouts.ts'

/** Leaf of a payee in a model's flow: account (32 bytes) ‖ root of its records (32). */
export function payeeLeaf({ account, records }: FlowPayee): Uint8Array {
  const leaf = new Uint8Array(64)
  writeKey(leaf, 0, account)
  leaf.set(records, 32)
  return leaf
}

/** Leaf of a part of a list: length of its key (1 byte) ‖ key ‖ root of its records (32), where it has some. */
export function partLeaf({ to, records }: FlowPart): Uint8Array {
  const leaf = new Uint8Array(1 + to.length + (records === undefined ? 0 : 32))
  leaf[0] = to.length
  writeKey(leaf, 1, to)
  if (records !== undefined) leaf.set(records, 1 + to.length)
  return leaf
}

/** Leaf of an inbound line: kind of the flow it came from (1 byte) ‖ its list (1; 255: fees) ‖ its key. */
export function inboundLeaf({ from, list }: Inbound): Uint8Array {
  const leaf = new Uint8Array(2 + from.key.length)
  leaf[0] = flowKinds.indexOf(from.kind)
  leaf[1] = list === 'fees' ? 255 : listNames.indexOf(list)
  writeKey(leaf, 2, from.key)
  return leaf
}

/** Leaf of a credit line: role (1 byte) ‖ source. */
export function lineLeaf({ role, source }: CreditLine): Uint8Array {
  const leaf = new Uint8Array(1 + source.length)
  leaf[0] = roles.indexOf(role)
  writeKey(leaf, 1, source)
  return leaf
}

/** Leaf of a payout: [account, amount, credit after, root of its lines]. */
export function payoutLeaf({ account, amount }: Payout, creditAfter: number, lines: Uint8Array): Uint8Array {
  return encode([fromKey(account), amount, creditAfter, lines])
}

/** Makes the roots over flows and payouts. Holds its builders: there are as many trees as flows. */
export class Committer {
  readonly #payees: SumTreeBuilder<'u64'>
  readonly #inbound: SumTreeBuilder<'u64'>
  readonly #parts: SumTreeBuilder<'u128'>
  readonly #lines: SumTreeBuilder<'u64'>
  readonly #crypto: Crypto

  constructor(crypto: Crypto) {
    this.#crypto = crypto
    this.#payees = new SumTreeBuilder(crypto, payeeTree)
    this.#inbound = new SumTreeBuilder(crypto, inboundTree)
    this.#parts = new SumTreeBuilder(crypto, partTree)
    this.#lines = new SumTreeBuilder(crypto, lineTree)
  }

  /** Over flows in the order of `compareFlows`. 32 bytes. */
  flowRoot(flows: readonly Flow[]): Uint8Array {
    const tree = new ListTreeBuilder(this.#crypto, flowTree)
    for (const flow of flows) tree.add(this.flowLeaf(flow))
    return tree.root()
  }

  /** Leaf of a flow: [kind, key, root of payees, root of inbound lines, [[list, amount, root], …]]. */
  flowLeaf(flow: Flow): Uint8Array {
    this.#payees.reset()
    for (const payee of flow.payees) this.#payees.add(payeeLeaf(payee), payee.fees)
    this.#inbound.reset()
    for (const line of flow.inbound) this.#inbound.add(inboundLeaf(line), line.amount)
    return encode([
      flowKinds.indexOf(flow.kind),
      fromKey(flow.key),
      this.#payees.rootHash(),
      this.#inbound.rootHash(),
      flow.lists.map(list => [listNames.indexOf(list.name), list.amount, this.listRoot(list)]),
    ])
  }

  /** 32 bytes. */
  listRoot(list: FlowList): Uint8Array {
    this.#parts.reset()
    for (const part of list.parts) this.#parts.add(partLeaf(part), BigInt(part.weight))
    return this.#parts.rootHash()
  }

  /** 32 bytes; commits the total paid in the epoch. */
  payoutRoot(payouts: readonly Payout[], creditAfter: (payout: Payout) => number): Uint8Array {
    const tree = new SumTreeBuilder(this.#crypto, payoutTree)
    for (const payout of payouts) {
      tree.add(payoutLeaf(payout, creditAfter(payout), this.linesRoot(payout.lines)), payout.amount)
    }
    return tree.rootHash()
  }

  linesRoot(lines: readonly CreditLine[]): Uint8Array {
    this.#lines.reset()
    for (const line of lines) this.#lines.add(lineLeaf(line), line.amount)
    return this.#lines.rootHash()
  }
}

/** Order of the flow tree: by kind, then by key. */
export function compareFlows(a: Flow, b: Flow): number {
  return flowKinds.indexOf(a.kind) - flowKinds.indexOf(b.kind) || compareKeys(a.key, b.key)
}

function writeKey(target: Uint8Array, offset: number, key: ByteKey): void {
  for (let i = 0; i < key.length; i++) target[offset + i] = key.charCodeAt(i)
}
