import { randomBytes } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import { startClient } from '../../network/client.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { evidenceLines } from '../light/evidence.ts'
import { LightClient, type LightOptions } from '../light/light-client.ts'
import { lightData, lightText } from '../light/light-report.ts'
import type { ProofSource } from '../light/proof-source.ts'
import { SecondHistoryError } from '../light/second-history.ts'
import { programVersion } from '../version.ts'
import type { Answer, Output } from './output.ts'
import { firstSignal } from './signals.ts'

export interface LightCommandOptions {
  readonly account: AccountKey
  readonly peer: readonly string[]
  readonly trust?: Cid
  readonly epoch?: number
  readonly data?: string
  readonly accept?: boolean
}

/** Where evidence that nobody could submit yet is put, in the data folder. */
const evidenceFile = 'evidence.ndjson'
const progressMs = 1_000

/** One run of a light node: connect, follow, compare, answer. */
export async function runLight(options: LightCommandOptions, output: Output, proofs?: ProofSource): Promise<Answer> {
  const stop = new AbortController()
  void firstSignal().then(signal => stop.abort(new Error(`ended by ${signal}`)))
  const network = await startClient({ peerSeed: randomBytes(32), agent: `openledger/${programVersion}` })
  try {
    const client = await LightClient.open({ ...clientOptions(options, output), network, signal: stop.signal })
    return await answerOf(client, options, proofs)
  } catch (error) {
    if (error instanceof SecondHistoryError) await tellEvidence(error, options, output)
    throw error
  } finally {
    await network.stop()
  }
}

function clientOptions(
  { peer, trust, data, accept }: LightCommandOptions,
  output: Output,
): Omit<LightOptions, 'network' | 'signal'> {
  let toldMs = performance.now()
  return {
    crypto: nativeCrypto,
    peers: peer,
    ...(trust === undefined ? {} : { trust }),
    ...(data === undefined ? {} : { dir: data }),
    accept: accept === true,
    now: Date.now,
    onProgress: text => {
      if (performance.now() - toldMs < progressMs) return
      toldMs = performance.now()
      output.note(text)
    },
  }
}

async function answerOf(
  client: LightClient,
  { account, epoch }: LightCommandOptions,
  proofs: ProofSource | undefined,
): Promise<Answer> {
  const followed = await client.follow(epoch)
  const asked = epoch === undefined ? undefined : await client.checkpointOf(epoch)
  const { head } = followed
  const cell =
    proofs === undefined || head.checkpoint === null ? undefined : await proofs.account(client.peers, head, account)
  const findings = { followed, account, nowMs: Date.now(), cell, asked }
  return { data: lightData(findings), text: lightText(findings) }
}

/** Nobody else may have seen it: the lines are kept where they can be submitted from. */
async function tellEvidence(
  { history }: SecondHistoryError,
  { data }: LightCommandOptions,
  output: Output,
): Promise<void> {
  const lines = evidenceLines(history.guilty)
  if (lines.length === 0) return
  if (data === undefined) {
    output.note(['submit these lines with openledger submit, so that the guilty are punished:', ...lines].join('\n'))
    return
  }
  const path = join(data, evidenceFile)
  await mkdir(data, { recursive: true })
  await appendFile(path, `${lines.join('\n')}\n`)
  output.note(`evidence against the guilty is in ${path}: openledger submit ${path} --key K puts it on the ledger`)
}
