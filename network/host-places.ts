import type { MultiaddrConnection } from '@libp2p/interface'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { inboundPerHostMax } from './limits.ts'

export type Incoming = Pick<MultiaddrConnection, 'remoteAddr' | 'status'>

/** How many of the connections that came in each host holds, those included that are still shaking hands. */
export class HostPlaces {
  /** libp2p bounds how many there are at all. */
  #held: { readonly host: string; readonly connection: Incoming }[] = []

  /** Whether there is a place for it, which it holds until it is closed. */
  take(connection: Incoming): boolean {
    const host = hostOf(connection.remoteAddr)
    if (host === undefined) return true
    this.#held = this.#held.filter(held => isThere(held.connection))
    if (this.#held.filter(held => held.host === host).length >= inboundPerHostMax) return false
    this.#held.push({ host, connection })
    return true
  }
}

function isThere({ status }: Incoming): boolean {
  return status === 'open' || status === 'closing'
}

/** What one host can't easily have many of; undefined for this machine itself. */
function hostOf(addr: Multiaddr): string | undefined {
  const ip = addr.getComponents().find(({ name }) => name === 'ip4' || name === 'ip6')
  if (ip === undefined) return undefined
  const bytes = multiaddr(`/${ip.name}/${ip.value}`).bytes.subarray(1)
  const ip4 = bytes.length === 4 ? bytes : ip4In(bytes)
  if (ip4 !== undefined) return ip4[0] === 127 ? undefined : ip4.join('.')
  // A /64 is the least that a subscriber gets, with any number of addresses.
  return bytes.every((byte, i) => byte === (i === 15 ? 1 : 0)) ? undefined : bytes.subarray(0, 8).join(':')
}

/** A socket that listens on both kinds shows IPv4 as ::ffff:a.b.c.d: all of it lies in one /64. */
function ip4In(ip6: Uint8Array): Uint8Array | undefined {
  const isMapped = ip6.subarray(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 255))
  return isMapped ? ip6.subarray(12) : undefined
}
