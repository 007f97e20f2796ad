import { accountKeyText } from '../../../consensus/account.ts'
import type { ByteKey } from '../../../consensus/bytes.ts'
import { decodeFlows } from '../../../consensus/ledger/flow/codec.ts'
import { divideList, type Flow, type FlowList } from '../../../consensus/ledger/flow/flow.ts'
import { refKeyText } from '../../../consensus/ref.ts'
import type { FlowStatus } from '../../api/schema/flow.ts'
import type { Store } from '../../store/store.ts'
import type { Step } from './page.ts'

/** Of each list in an answer: what a reader can look at. */
const entriesMax = 256
const accountLength = 32

/** In the order of the flow tree; the place is a chunk of the epoch's and a position in it. */
export function* flowsIn(
  store: Store,
  epoch: number,
  after?: readonly [chunk: number, position: number],
): Generator<Step<FlowStatus>> {
  for (let number = after?.[0] ?? 0; ; number++) {
    const chunk = store.flows.get(epoch, number)
    if (chunk === undefined) return
    const flows = decodeFlows(chunk, `flows of epoch ${epoch}`)
    const first = number === after?.[0] ? after[1] + 1 : 0
    for (let position = first; position < flows.length; position++)
      yield { at: [number, position], item: flowStatus(flows[position]!) }
  }
}

function flowStatus({ kind, key, payees, inbound, lists }: Flow): FlowStatus {
  return {
    kind,
    id: idText(key),
    payees: payees.slice(0, entriesMax).map(({ account, fees }) => ({ account: accountKeyText(account), fees })),
    inbound: inbound
      .slice(0, entriesMax)
      .map(({ from, list, amount }) => ({ kind: from.kind, id: idText(from.key), list, amount })),
    lists: lists.map(listStatus),
    omitted: Math.max(0, payees.length - entriesMax) + Math.max(0, inbound.length - entriesMax),
  }
}

/** E3: each part with what it came to. */
function listStatus({ name, amount, parts }: FlowList): FlowStatus['lists'][number] {
  const { amounts } = divideList(name, amount, parts)
  const shown = parts.slice(0, entriesMax)
  return {
    name,
    amount,
    parts: shown.map(({ to, weight }, i) => ({ to: idText(to), weight: String(weight), amount: amounts[i]! })),
    omitted: parts.length - shown.length,
  }
}

/** An account, a ref, or nobody. */
function idText(key: ByteKey): string {
  if (key === '') return ''
  return key.length === accountLength ? accountKeyText(key) : refKeyText(key)
}
