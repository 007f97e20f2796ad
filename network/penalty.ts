import { banMs, penaltyBanPoints, penaltyHalfLifeMs, penaltyPeersMax, penaltyPoints } from './limits.ts'
import type { PeerText, Severity } from './peer.ts'

interface Record {
  points: number
  atMs: number
  bannedUntilMs: number
}

/** Offences of peers. Points fade with time; at `penaltyBanPoints` a peer is banned for `banMs`. */
export class Penalties {
  readonly #records = new Map<PeerText, Record>()
  readonly #now: () => number

  /** `now`: ms, monotonic. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Adds an offence; true when it brings a ban. */
  add(peer: PeerText, severity: Severity): boolean {
    const nowMs = this.#now()
    const record = this.#records.get(peer) ?? this.#create(peer, nowMs)
    record.points = faded(record, nowMs) + penaltyPoints[severity]
    record.atMs = nowMs
    if (record.points < penaltyBanPoints || nowMs < record.bannedUntilMs) return false
    record.bannedUntilMs = nowMs + banMs
    return true
  }

  points(peer: PeerText): number {
    const record = this.#records.get(peer)
    return record === undefined ? 0 : faded(record, this.#now())
  }

  isBanned(peer: PeerText): boolean {
    const record = this.#records.get(peer)
    return record !== undefined && this.#now() < record.bannedUntilMs
  }

  #create(peer: PeerText, nowMs: number): Record {
    if (this.#records.size >= penaltyPeersMax) this.#forgetLeast(nowMs)
    const record: Record = { points: 0, atMs: nowMs, bannedUntilMs: 0 }
    this.#records.set(peer, record)
    return record
  }

  /** Peer ids are free to make: the record that matters least gives way. */
  #forgetLeast(nowMs: number): void {
    let least: PeerText | undefined
    let leastPoints = Number.POSITIVE_INFINITY
    for (const [peer, record] of this.#records) {
      const points = faded(record, nowMs)
      if (points >= leastPoints) continue
      least = peer
      leastPoints = points
    }
    if (least !== undefined) this.#records.delete(least)
  }
}

function faded(record: Record, nowMs: number): number {
  return record.points * 2 ** (-(nowMs - record.atMs) / penaltyHalfLifeMs)
}
