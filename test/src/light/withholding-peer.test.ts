import { randomBytes } from 'node:crypto'
import * as assert from 'uvu/assert'
import {
  decodeProofAnswer,
  encodePartAnswer,
  encodeProofAnswer,
  type PartAnswer,
  type RecordsAnswer,
} from '../../../consensus/light/proof/answer.ts'
import type { ProofPart, ProofRequest } from '../../../consensus/light/proof/request.ts'
import { startClient } from '../../../network/client.ts'
import { nativeCrypto as crypto } from '../../../src/crypto/native.ts'
import { type Earnings, proveEarnings } from '../../../src/light/earnings.ts'
import { LightClient } from '../../../src/light/light-client.ts'
import { proveRouting } from '../../../src/light/proved-routing.ts'
import { JoinedLate } from '../../fixtures/joined-late.ts'
import { type Lie, LyingProxy } from '../../fixtures/lying-proxy.ts'
import { suite } from '../../harness.ts'

const test = suite('light/withholding-peer')
const joined = new JoinedLate()
let proxy: LyingProxy

test.before(async () => {
  await joined.start()
  proxy = await LyingProxy.start(joined.full.network.addrs()[0]!)
})
test.after(async () => {
  await proxy.stop()
  await joined.stop()
})

/** With the proxy first; of whom else it would tell, it keeps to itself. */
async function asking<T>(others: readonly string[], use: (client: LightClient) => Promise<T>): Promise<T> {
  const network = await startClient({ peerSeed: randomBytes(32), agent: 'light/test' })
  try {
    const client = await LightClient.open({
      ...{ network, crypto, peers: [proxy.addr, ...others], trust: joined.nodes.chain, accept: false },
      ...{ now: Date.now, signal: new AbortController().signal, onProgress: () => {} },
    })
    await client.follow()
    return await use(client)
  } finally {
    await network.stop()
  }
}

function earnings(others: readonly string[]): Promise<Earnings> {
  const { account } = joined.ana
  return asking(others, client => {
    const range = { from: 1, to: client.head.epoch }
    return proveEarnings(client, { account, ...range, way: 'deep', crypto, onProgress: () => {} })
  })
}

/** Changes what parts of this type are answered with. */
const answering =
  (type: ProofPart['type'], change: (answer: PartAnswer | null) => PartAnswer | null): Lie =>
  ({ protocol, request, items }) => {
    if (protocol === 'peers') return []
    if (protocol !== 'proof') return items
    const { parts } = request as ProofRequest
    const answers = decodeProofAnswer(parts, items[0]!)
    const told = answers.map((answer, i) => (parts[i]!.type === type ? change(answer) : answer))
    return [encodeProofAnswer(told.map((answer, i) => encodePartAnswer(parts[i]!, answer)))]
  }

const full = () => joined.full.network.addrs()[0]!
const seen = ({ cell, before, shownFrom, epochs }: Earnings) => ({
  ...{ credit: cell.credit, before, shownFrom },
  payouts: epochs.map(({ epoch, payout }) => [epoch, payout.amount]),
})

test('who keeps back what is below the credit lines hides nothing where another shows it; alone, it costs the way down only', async () => {
  proxy.tell(answering('block', answer => answer))
  const truth = await earnings([])
  assert.is(truth.epochs.length, 3)
  for (const type of ['records', 'voucher'] as const) {
    proxy.tell(answering(type, () => null))
    const [alone, both] = [await earnings([]), await earnings([full()])]
    assert.equal([seen(alone), seen(both)], [seen(truth), seen(truth)])
    assert.ok(both.epochs.every(({ root }) => root !== undefined))
    assert.ok(alone.epochs.every(({ root, unwalked }) => root === undefined && unwalked !== undefined))
  }
})

test('who says of a record that it never became final is not believed: where it isn’t is proved as well', async () => {
  proxy.tell(answering('records', answer => ({ ...(answer as RecordsAnswer), final: null })))
  const [record, asset] = [joined.billed, joined.billed]
  const question = { record, asset, epoch: undefined, crypto, onProgress: () => {} }
  const { verdict, epoch } = await asking([full()], client => proveRouting(client, question))
  const [newest] = (await earnings([full()])).epochs
  assert.equal([verdict, epoch], [{ routed: false, why: 'not-named' }, newest!.epoch])
})
