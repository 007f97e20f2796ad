import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { Cid } from '../../consensus/cid.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { Way } from '../light/earnings.ts'
import { countIn } from './arguments.ts'
import { parsedOption } from './command.ts'
import { UsageError } from './output.ts'

/** Whom a light node asks, and what it begins with. */
export interface LightClientOptions {
  readonly peer: readonly string[]
  readonly trust?: Cid
  readonly data?: string
  readonly accept?: boolean
  readonly key?: string
  readonly passwordFile?: string
}

/** Flags of every command that believes no peer, besides `--peer` and `--data`. */
export function lightClientOptions(command: Command): Command {
  return command
    .addOption(
      parsedOption(
        '--trust <cid>',
        'genesis or checkpoint to begin with, from somebody you trust, also where it is old; or the file of a genesis',
        trustOf,
      ),
    )
    .option('--accept', 'trust what at least three peers agree on, where there is nothing to begin with')
    .option('--key <file>', 'account key that signs the evidence, should peers show a second history')
    .option('--password-file <file>', 'file whose first line is the password of --key')
}

/** Throws MalformedError. */
function trustOf(text: string): Cid {
  if (statSync(text, { throwIfNoEntry: false })?.isFile() !== true) return Cid.fromText(text, 'trust')
  const block = new Uint8Array(readFileSync(text))
  decodeGenesis(block)
  return Cid.of(nativeCrypto, block)
}

/** How far down is proved. */
export interface DepthOptions {
  readonly deep?: boolean
  readonly sample?: number
}

const sampleMax = 10_000

export function depthOptions(command: Command, deep: string): Command {
  return command
    .option('--deep', deep)
    .addOption(
      parsedOption(
        '--sample <n>',
        'like --deep, but so many parts of each longer list, drawn at random',
        countIn('sample', 1, sampleMax),
      ).conflicts('deep'),
    )
}

/** Flags that ask for proofs mean nothing where no peer is asked. */
export function refuseWithoutPeers(options: Partial<LightClientOptions> & DepthOptions): void {
  const names = { trust: '--trust', accept: '--accept', key: '--key', deep: '--deep', sample: '--sample' } as const
  for (const [option, flag] of Object.entries(names)) {
    if (options[option as keyof typeof names] === undefined) continue
    throw new UsageError(`${flag} is about proofs, which peers are asked for`, 'add --peer ADDR, or leave it out')
  }
}

export function wayOf({ deep, sample }: DepthOptions): Way {
  if (deep === true) return 'deep'
  return sample === undefined ? 'lines' : { sample, seed: randomBytes(32) }
}
