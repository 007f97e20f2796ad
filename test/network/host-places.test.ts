import { multiaddr } from '@multiformats/multiaddr'
import * as assert from 'uvu/assert'
import { commonOptions } from '../../network/libp2p-options.ts'
import { inboundPerHostMax } from '../../network/limits.ts'
import { peerKey } from '../../network/peer-key.ts'
import { suite } from '../harness.ts'

const test = suite('network/host-places')
const { key } = await peerKey(new Uint8Array(32).fill(1))

type Status = 'open' | 'closing' | 'closed' | 'aborted' | 'reset'

/** The gate of a node, as libp2p asks it, with connections that exist nowhere. */
class Gate {
  readonly #gater = commonOptions({ key, agent: 'openledger/test', isAllowed: () => true }).connectionGater!

  connect(addr: string): { isLetIn: boolean; connection: { status: Status } } {
    const connection = { remoteAddr: multiaddr(addr), status: 'open' as Status }
    return { isLetIn: this.#gater.denyInboundConnection!(connection as never) === false, connection }
  }

  /** How many of a hundred are let in. */
  count(addrOf: (index: number) => string): number {
    return Array.from({ length: 100 }, (_, i) => this.connect(addrOf(i))).filter(({ isLetIn }) => isLetIn).length
  }
}

test('one host has so many connections, whatever its ports, and shuts out no other', () => {
  const gate = new Gate()
  assert.is(
    gate.count(i => `/ip4/203.0.113.7/tcp/${40_000 + i}`),
    inboundPerHostMax,
  )
  assert.ok(gate.connect('/ip4/203.0.113.8/tcp/40000').isLetIn)
})

test('of IPv6 a /64 counts as a host', () => {
  const gate = new Gate()
  assert.is(
    gate.count(i => `/ip6/2001:db8:1:2:${i}::${i + 1}/tcp/1`),
    inboundPerHostMax,
  )
  assert.is(
    gate.count(i => `/ip6zone/eth0/ip6/fe80::${i + 1}/tcp/1`),
    inboundPerHostMax,
  )
  assert.ok(gate.connect('/ip6/2001:db8:1:3::1/tcp/1').isLetIn)
})

test('IPv4 on a socket for both kinds is IPv4', () => {
  const gate = new Gate()
  assert.is(
    gate.count(i => `/ip6/::ffff:203.0.113.${i}/tcp/1`),
    100,
  )
  assert.is(
    gate.count(i => `/ip${i % 2 === 0 ? '4/' : '6/::ffff:'}198.51.100.1/tcp/${i + 1}`),
    inboundPerHostMax,
  )
})

test('a testnet on one machine has no bound', () => {
  const gate = new Gate()
  for (const host of ['ip4/127.0.0.1', 'ip4/127.3.2.1', 'ip6/::1', 'ip6/::ffff:127.0.0.1']) {
    assert.is(
      gate.count(i => `/${host}/tcp/${i + 1}`),
      100,
      host,
    )
  }
})

test('who is gone has given its place back, who is going has not', () => {
  const gate = new Gate()
  const addr = '/ip4/203.0.113.7/tcp/1'
  const held = Array.from({ length: inboundPerHostMax }, () => gate.connect(addr).connection)
  held[0]!.status = 'closing'
  assert.not(gate.connect(addr).isLetIn)
  for (const status of ['closed', 'aborted', 'reset'] as const) {
    held.pop()!.status = status
    assert.ok(gate.connect(addr).isLetIn, status)
    assert.not(gate.connect(addr).isLetIn)
  }
})
