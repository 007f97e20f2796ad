import { randomBytes } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type AccountKey, parseAccountKey } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { nativeCrypto } from '../../crypto/native.ts'
import { evidenceLines } from '../../light/evidence.ts'
import { LightClient, type LightOptions } from '../../light/light-client.ts'
import { lightData, lightText } from '../../light/light-report.ts'
import type { ProofSource } from '../../light/proof-source.ts'
import { SecondHistoryError } from '../../light/second-history.ts'
import { programVersion } from '../../version.ts'
import { countIn } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import type { Answer, Output } from '../output.ts'
import { firstSignal } from '../signals.ts'

interface LightCommandOptions {
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

/** `proofs` shows what stands under the verified checkpoint; without it the checkpoint alone is verified. */
export function lightCommand(program: Command, output: Output, proofs?: ProofSource): void {
  const command = addCommand(program, {
    name: 'light',
    does: "verify an account's credit without believing any peer: from a trusted checkpoint, at the cost of kilobytes",
    examples: [
      'openledger light --account did:key:z6Mk… --trust bafy… --peer /dns4/node.example.org/tcp/8649/p2p/12D3Koo…',
      'openledger light --account did:key:z6Mk… --data ./light --peer ADDR ADDR ADDR --accept',
    ],
  })
    .addOption(
      parsedOption('--account <id>', 'account to verify, did:key:…', text =>
        parseAccountKey(text, 'account'),
      ).makeOptionMandatory(),
    )
    .requiredOption('--peer <addr...>', 'multiaddrs of full nodes; those beyond the first are witnesses')
    .addOption(
      parsedOption(
        '--trust <cid>',
        'genesis or checkpoint to begin with, from somebody you trust; also where it is old',
        text => Cid.fromText(text, 'trust'),
      ),
    )
    .addOption(
      parsedOption('--epoch <n>', 'also the checkpoint of that epoch', countIn('epoch', 1, Number.MAX_SAFE_INTEGER)),
    )
    .option('--data <dir>', 'folder that keeps what was verified, so that the next run goes on from there')
    .option('--accept', 'trust what at least three peers agree on, where there is nothing to begin with')
  answers<LightCommandOptions>(command, output, (_, options) => runLight(options, output, proofs))
}

async function runLight(options: LightCommandOptions, output: Output, proofs?: ProofSource): Promise<Answer> {
  const stop = new AbortController()
  void firstSignal().then(signal => stop.abort(new Error(`ended by ${signal}`)))
  // Loading the network takes a while; the other commands shall not pay for it.
  const { startClient } = await import('../../../network/client.ts')
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
