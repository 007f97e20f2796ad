import * as assert from 'uvu/assert'
import { certificateValue, decodeCertificate } from '../../../consensus/agreement/certificate.ts'
import { encode } from '../../../consensus/cbor/encode.ts'
import type { ValueMap } from '../../../consensus/cbor/value.ts'
import { encodeCheckpoint } from '../../../consensus/checkpoint.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import type { LightBlockBytes } from '../../../consensus/light/following/light-block.ts'
import { headers } from '../../../network/protocols/headers.ts'
import { LightClient } from '../../../src/light/light-client.ts'
import { History, membersOf } from '../../fixtures/light-chain.ts'
import { quickCrypto } from '../../fixtures/quick-crypto.ts'
import { suite } from '../../harness.ts'
import { addrOf, MemoryNetwork, type MemoryServer } from './memory-network.ts'

const test = suite('light/lying-server')

const set = membersOf('a', 'b', 'c', 'd')
/** From epoch 20 on. */
const later = membersOf('c', 'd', 'e', 'f')
const head = 40
const history = new History({ membersAt: epoch => (epoch < 20 ? set : later) })

/** From the genesis; what became of it. */
async function follow(
  servers: Readonly<Record<string, MemoryServer>>,
): Promise<{ cid: string; epoch: number; failures: string[] }> {
  const network = new MemoryNetwork(servers)
  const client = await LightClient.open({
    network,
    crypto: quickCrypto,
    peers: Object.keys(servers).map(addrOf),
    trust: history.chain,
    accept: false,
    now: () => history.timeOf(head),
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  const { head: reached, failures } = await client.follow()
  return {
    cid: `${reached.cid}`,
    epoch: reached.epoch,
    failures: failures.map(({ code, problem }) => `${code}: ${problem}`),
  }
}

const recertified = (bytes: LightBlockBytes, change: object): LightBlockBytes => {
  const value = certificateValue(decodeCertificate(bytes.certificate)) as ValueMap
  return { ...bytes, certificate: encode({ ...value, ...change }) }
}
const signaturesOf = (bytes: LightBlockBytes) => decodeCertificate(bytes.certificate).signatures
const upstarts = new History({ membersAt: () => membersOf('x', 'y', 'z') })

type Forge = (epoch: number, bytes: LightBlockBytes) => LightBlockBytes
const lies: readonly (readonly [what: string, problem: RegExp, Forge])[] = [
  ['an old checkpoint', /follow-epoch/, epoch => history.bytes(epoch - 1)],
  [
    'an old checkpoint under the newest certificate',
    /follow-(epoch|commit)/,
    (epoch, bytes) => ({ ...bytes, checkpoint: history.checkpointBlock(epoch - 1) }),
  ],
  [
    'a certificate of another epoch',
    /follow-commit/,
    (epoch, bytes) => ({ ...bytes, certificate: history.bytes(epoch - 1).certificate }),
  ],
  [
    'one signer twice',
    /malformed: .*signatures: expected each validator once/,
    (_, bytes) => recertified(bytes, { signatures: [signaturesOf(bytes)[0], ...signaturesOf(bytes)] } as never),
  ],
  [
    'too little stake',
    /follow-certificate.*no-quorum/,
    (_, bytes) => recertified(bytes, { signatures: signaturesOf(bytes).slice(0, 2) } as never),
  ],
  ['prevotes', /follow-commit/, (_, bytes) => recertified(bytes, { type: 1 })],
  ['votes for nil', /follow-commit/, (_, bytes) => recertified(bytes, { checkpoint: null })],
  ['another round', /follow-certificate.*bad-signature/, (_, bytes) => recertified(bytes, { round: 7 })],
  [
    'a set of its own',
    /follow-(prev|validators|epoch|commit|certificate|chain)/,
    epoch => ({ ...upstarts.sealed(encodeCheckpoint({ ...upstarts.checkpoint(epoch), chain: history.chain }), epoch) }),
  ],
  ['another chain', /follow-chain/, epoch => upstarts.bytes(epoch)],
  [
    'a checkpoint that nobody signed',
    /follow-commit/,
    (epoch, bytes) => ({
      ...bytes,
      checkpoint: encodeCheckpoint({ ...history.checkpoint(epoch), stateRoot: new Uint8Array(32).fill(9) }),
    }),
  ],
  [
    'a time to come',
    /follow-future/,
    epoch =>
      history.sealed(encodeCheckpoint({ ...history.checkpoint(epoch), time: history.timeOf(head) + 10 ** 7 }), epoch),
  ],
  ['no checkpoint at all', /malformed|encoding/, (_, bytes) => ({ ...bytes, checkpoint: new Uint8Array(500) })],
  [
    'a certificate too large to be one',
    /encoding/,
    (_, bytes) => ({ ...bytes, certificate: new Uint8Array(64 * 1024) }),
  ],
]

for (const [what, problem, forge] of lies) {
  test(`${what}: refused by name, and the next peer is asked`, async () => {
    const liar: MemoryServer = { history, head, forge }
    const { cid, failures } = await follow({ liar, honest: { history, head } })
    assert.is(cid, `${history.cid(head)}`)
    assert.match(failures.join('\n'), problem)
    const alone = await follow({ liar }).catch((error: Error) => error)
    assert.instance(alone, LedgerError)
    assert.is((alone as LedgerError).code, 'no-peer')
    assert.match((alone as LedgerError).message, problem)
  })
}

test('blocks that were not asked for replace none, and blocks left out are missed', async () => {
  const swap = (change: (blocks: readonly Uint8Array[]) => readonly Uint8Array[]): MemoryServer => ({
    history,
    head,
    tamper: (protocol, item) => {
      if (protocol !== 'headers') return item
      const frame = headers.item.decode(item)
      return headers.item.encode({ ...frame, blocks: change(frame.blocks) })
    },
  })
  for (const liar of [swap(([, ...rest]) => rest), swap(() => []), swap(([a]) => [a!, a!, a!])]) {
    const { failures } = await follow({ liar, honest: { history, head } })
    assert.match(failures.join('\n'), /malformed.*header\.blocks/)
  }
})

test('who says that it is far ahead, and has nothing to show for it, is passed over', async () => {
  for (const epoch of [head + 1, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
    const { cid, failures } = await follow({ boaster: { history, head, status: { epoch } }, honest: { history, head } })
    assert.is(cid, `${history.cid(head)}`)
    assert.match(failures.join('\n'), new RegExp(`unknown: it has no epoch ${epoch}`))
  }
})

test('a genesis that never ends, and one that is another, begin nothing', async () => {
  let pages = 0
  const genesis = () => {
    pages++
    return Array.from({ length: 8 }, () => new Uint8Array(512 * 1024))
  }
  const endless = await follow({ endless: { history, head, genesis } }).catch((error: Error) => error)
  assert.match((endless as Error).message, /its genesis is larger than the 8388608 bytes/)
  assert.is(pages, 3)
  const other = (protocol: string, item: Uint8Array) => (protocol === 'genesis' ? encode(upstarts.genesis) : item)
  const { cid, failures } = await follow({ other: { history, head, tamper: other }, honest: { history, head } })
  assert.is(cid, `${history.cid(head)}`)
  assert.match(failures.join('\n'), /follow-trusted: genesis: expected/)
})

test('each byte of one whole exchange flipped in turn: what is believed is never another', async () => {
  const sizes: number[] = []
  const measure = (_: string, item: Uint8Array) => {
    sizes.push(item.length)
    return item
  }
  await follow({ one: { history, head, tamper: measure } })
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let refused = 0
  for (let at = 0; at < total; at++) {
    let passed = 0
    const tamper = (_: string, item: Uint8Array) => {
      const here = at - passed
      passed += item.length
      if (here < 0 || here >= item.length) return item
      return item.with(here, item[here]! ^ (1 << (at & 7)))
    }
    try {
      const { cid, epoch } = await follow({ one: { history, head, tamper } })
      assert.is(cid, `${history.cid(epoch)}`, `byte ${at}`)
    } catch (error) {
      assert.instance(error, LedgerError, `byte ${at}: ${(error as Error).stack}`)
      assert.match((error as LedgerError).message, /one: |no peer/, `byte ${at}`)
      refused++
    }
  }
  // The rest stands in what peers say of themselves, which proves nothing: their version, role and head.
  assert.ok(refused > 0.9 * total, `${refused} of ${total}`)
})
