import {
  type Connection,
  type MultiaddrConnection,
  type Transport,
  transportSymbol,
  type Upgrader,
  type UpgraderOptions,
} from '@libp2p/interface'

/** The transport, with `see` called on each of its connections while they still carry plain bytes. */
export function withConnections(inner: Transport, see: (raw: MultiaddrConnection) => void): Transport {
  const seeing = (upgrader: Upgrader) => seeingUpgrader(upgrader, see)
  return {
    [transportSymbol]: true,
    [Symbol.toStringTag]: inner[Symbol.toStringTag],
    dial: (addr, options) => inner.dial(addr, { ...options, upgrader: seeing(options.upgrader) }),
    createListener: options => inner.createListener({ ...options, upgrader: seeing(options.upgrader) }),
    listenFilter: addrs => inner.listenFilter(addrs),
    dialFilter: addrs => inner.dialFilter(addrs),
  }
}

function seeingUpgrader(inner: Upgrader, see: (raw: MultiaddrConnection) => void): Upgrader {
  return {
    upgradeOutbound: (raw: MultiaddrConnection, options: UpgraderOptions): Promise<Connection> => {
      see(raw)
      return inner.upgradeOutbound(raw, options)
    },
    upgradeInbound: (raw: MultiaddrConnection, options: UpgraderOptions): Promise<void> => {
      see(raw)
      return inner.upgradeInbound(raw, options)
    },
    createInboundAbortSignal: signal => inner.createInboundAbortSignal(signal),
    getStreamMuxers: () => inner.getStreamMuxers(),
    getConnectionEncrypters: () => inner.getConnectionEncrypters(),
  }
}
