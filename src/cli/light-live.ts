import { setTimeout as sleep } from 'node:timers/promises'
import type { AccountKey } from '../../consensus/account.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { isUnshown, proveEarnings, TooOldError } from '../light/earnings.ts'
import { NoPeerError } from '../light/light-peers.ts'
import { liveLines } from './light-report.ts'
import type { LightSession } from './light-session.ts'
import type { Output } from './output.ts'

export interface LiveWaits {
  /** How often it looks for new epochs. */
  readonly lookMs: number
  /** How often it looks for peers while there is none. */
  readonly retryMs: number
  /** Peers that were lost are tried again after so long, though others are left: who follows alone has no witness. */
  readonly thinnedMs: number
}

const liveWaits: LiveWaits = { lookMs: 1_000, retryMs: 5_000, thinnedMs: 60_000 }

/** A line per epoch in which the account earned, until the session's signal ends it: peers come and go meanwhile. */
export async function followLive(
  session: LightSession,
  account: AccountKey,
  output: Output,
  { lookMs, retryMs, thinnedMs } = liveWaits,
): Promise<void> {
  const { signal } = session
  let seen = session.client.head.epoch
  let isLost = false
  let connectedMs = performance.now()
  for (;;) {
    await sleep(isLost ? retryMs : lookMs, undefined, { signal })
    try {
      const isThinned = session.client.peers.failures.length > 0 && performance.now() - connectedMs > thinnedMs
      if (isLost || isThinned) {
        connectedMs = performance.now()
        await session.renew()
      }
      seen = await tellSince(session, account, seen, output)
      if (isLost) output.note(`peers answer again; all is told up to epoch ${seen}`)
      isLost = false
    } catch (error) {
      if (!mayPass(error)) throw error
      if (!isLost) output.note(`${error.message}\ntrying again every ${retryMs / 1_000} s`)
      isLost = true
    }
  }
}

/** Up to which epoch all is told now. */
async function tellSince(session: LightSession, account: AccountKey, seen: number, output: Output): Promise<number> {
  const { client } = session
  await client.follow()
  const { epoch: to } = client.head
  if (to === seen) return seen
  const options = { account, from: seen + 1, to, way: 'lines', crypto: nativeCrypto, onProgress: () => {} } as const
  for (const line of liveLines(await proveEarnings(client, options), options.from)) await output.answer(`${line}\n`)
  return to
}

/** Other peers, or the same ones later, may have what these haven't. */
function mayPass(error: unknown): error is Error {
  return error instanceof NoPeerError || error instanceof TooOldError || isUnshown(error)
}
