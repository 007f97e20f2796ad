import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { type AccountKey, accountKeyText, parseAccountKey } from '../../../consensus/account.ts'
import { Cid } from '../../../consensus/cid.ts'
import { LedgerError } from '../../../consensus/errors.ts'
import { type CheckedFile, checkProofFile } from '../../../consensus/light/proof/proof-file.ts'
import { type RefKey, refKey } from '../../../consensus/ref.ts'
import type { Subject } from '../../api/node-view.ts'
import { parseSubject } from '../../api/subject.ts'
import { nativeCrypto } from '../../crypto/native.ts'
import { openText } from '../../decimal.ts'
import { keepSmall } from '../../light/memory.ts'
import type { StateSubject } from '../../light/proved-state.ts'
import type { SavedProof } from '../../light/saved-proof.ts'
import { explanationOf } from '../../proofs/explanation.ts'
import { expectFolderOf, parseEpoch } from '../arguments.ts'
import { addCommand, answers, parsedOption } from '../command.ts'
import { explanationData, explanationText, trimmed } from '../explanation.ts'
import { type LightClientOptions, lightClientOptions, refuseWithoutPeers } from '../light-options.ts'
import { type Answer, type Output, UsageError } from '../output.ts'

interface SaveOptions extends Partial<LightClientOptions> {
  readonly account: AccountKey
  readonly epoch: number
}

/** A larger file is no proof of one payout. */
const fileBytesMax = 256 * 1024 * 1024
/** What a person is shown of each line; `--json` has all. */
const shownMax = 12

export function proofCommand(program: Command, output: Output): void {
  const proof = program
    .command('proof')
    .description('prove one thing without believing any peer; save what proves a payout, and check such a file offline')
  saveCommand(proof, output)
  checkCommand(proof, output)
  stateCommand(proof, output)
  routedCommand(proof, output)
}

/** Flags of a proof that is gathered from peers. */
function fromPeersOptions(command: Command): Command {
  command
    .requiredOption('--peer <addr...>', 'multiaddrs of full nodes to ask, believing none of them')
    .option('--data <dir>', 'folder that keeps what was verified, so that the next run goes on from there')
  return lightClientOptions(command)
}

function stateCommand(proof: Command, output: Output): void {
  const command = addCommand(proof, {
    name: 'state <id>',
    does: 'prove what the newest state says: of an account with its stake as a validator (did:key:…), an asset or a session with its voucher (<cid>/<index>), or `params`, those in force',
    examples: [
      'openledger proof state did:key:z6Mk… --trust bafy… --peer /dns4/node.example.org/tcp/8649/p2p/12D3Koo…',
      'openledger proof state params --trust bafy… --peer ADDR',
    ],
  }).addOption(
    parsedOption('--validator <id>', 'of an account: its stake at this validator', text =>
      parseAccountKey(text, 'validator'),
    ),
  )
  answers<LightClientOptions & { validator?: AccountKey }>(
    fromPeersOptions(command),
    output,
    async ([id], { validator, ...options }) => {
      const subject = stateSubject(id!, validator)
      keepSmall()
      const { stateByProof } = await import('../light-proof.ts')
      return await stateByProof(subject, options, output)
    },
  )
}

function stateSubject(id: string, validator: AccountKey | undefined): StateSubject {
  if (id === 'params') return { type: 'params' }
  const subject = parsedSubject(id)
  if (subject.type === 'account') {
    const { account } = subject
    return validator === undefined ? subject : { type: 'position', validator, delegator: account }
  }
  if (validator !== undefined) throw new UsageError('--validator: expected with an account, got a ref')
  return { type: 'ref', ref: refKey(subject.batch, subject.index) }
}

function parsedSubject(text: string): Subject {
  try {
    return parseSubject(text)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function routedCommand(proof: Command, output: Output): void {
  const command = addCommand(proof, {
    name: 'routed <record> <asset>',
    does: 'prove that the fee of an inference or action was, or was not, routed to an asset, and why',
    examples: ['openledger proof routed bafy…/3 bafy…/0 --trust bafy… --peer ADDR'],
  }).addOption(parsedOption('--epoch <n>', 'in which the record became final; else it is looked for', parseEpoch))
  answers<LightClientOptions & { epoch?: number }>(
    fromPeersOptions(command),
    output,
    async ([record, asset], options) => {
      if (options.epoch === 0) throw new UsageError('--epoch: expected an integer from 1, got 0')
      const refs = [refOf(record!), refOf(asset!)] as const
      keepSmall()
      const { routingByProof } = await import('../light-proof.ts')
      return await routingByProof(refs, options, output)
    },
  )
}

function refOf(text: string): RefKey {
  const subject = parsedSubject(text)
  if (subject.type === 'account') throw new UsageError(`expected a ref like <cid>/<index>, got ${text}`)
  return refKey(subject.batch, subject.index)
}

function saveCommand(proof: Command, output: Output): void {
  const command = addCommand(proof, {
    name: 'save <file>',
    does: 'write a file that proves what an account was paid in an epoch, or that it was paid nothing',
    examples: [
      'openledger proof save ana.proof --account did:key:z6Mk… --epoch 12 --trust bafy… --peer /dns4/node.example.org/tcp/8649/p2p/12D3Koo…',
      'openledger proof save ana.proof --account did:key:z6Mk… --epoch 12 --data ./node',
    ],
  })
    .option('--peer <addr...>', 'multiaddrs of full nodes to gather it from, believing none of them')
    .option('--data <dir>', 'data folder: of a node that is not running; with --peer, of a light node')
    .addOption(parsedOption('--account <id>', 'whose payout', parseAccountKey).makeOptionMandatory())
    .addOption(parsedOption('--epoch <n>', 'in which epoch', parseEpoch).makeOptionMandatory())
  answers<SaveOptions>(lightClientOptions(command), output, async ([file], options) => {
    const { account, epoch } = options
    if (epoch === 0) throw new UsageError('--epoch: the genesis pays nobody; expected an integer from 1')
    expectFolderOf(file!, '<file>')
    if (options.peer === undefined) refuseWithoutPeers(options)
    else keepSmall()
    const { writeFileAtomic } = await import('../../store/atomic-file.ts')
    const { bytes, trust, newest } = await (options.peer === undefined ? fromData(options) : fromPeers(options, output))
    await writeFileAtomic(file!, bytes, { mode: 0o644, existing: 'replace' })
    return {
      data: { file, account: accountKeyText(account), epoch, bytes: bytes.length, trust, newest },
      text: `${file}: ${bytes.length} bytes\n  to be checked with --trust ${trust}, the checkpoint of epoch ${newest}`,
    }
  })
}

async function fromData({ data, account, epoch }: SaveOptions): Promise<SavedProof> {
  if (data === undefined) throw new UsageError('proof save: expected --peer ADDR or --data DIR, got neither')
  const { Store } = await import('../../store/store.ts')
  const { writeProof } = await import('../../proofs/proof-writer.ts')
  const store = await Store.open(data, { create: false, multithreading: false })
  try {
    return await writeProof(store, account, epoch)
  } finally {
    await store.close()
  }
}

async function fromPeers({ peer, account, epoch, ...options }: SaveOptions, output: Output): Promise<SavedProof> {
  const { withLightSession } = await import('../light-session.ts')
  const { gatherProof } = await import('../../light/saved-proof.ts')
  return await withLightSession({ ...options, peer: peer! }, output, async ({ client }) => {
    await client.follow(epoch)
    return await gatherProof(client, nativeCrypto, account, epoch)
  })
}

function checkCommand(proof: Command, output: Output): void {
  const command = addCommand(proof, {
    name: 'check <file>',
    does: 'check a saved proof, without a network',
    examples: ['openledger proof check ana.proof --trust bafyrei…'],
  }).addOption(
    parsedOption('--trust <cid>', 'the checkpoint that you trust', text =>
      Cid.fromText(text, 'trust'),
    ).makeOptionMandatory(),
  )
  answers<{ trust: Cid }>(command, output, async ([file], { trust }) => {
    const bytes = await readProof(file!)
    const checked = await checkProofFile(nativeCrypto, bytes, trust).catch((error: Error) => {
      if (!(error instanceof LedgerError)) throw error
      throw new LedgerError(
        error.code,
        `${file} proves nothing under ${trust}: ${error.message}`,
        error.facts,
        'it is damaged, or made for another checkpoint: ask whoever saved it for which, and trust that only if you know it from elsewhere',
      )
    })
    return checkedAnswer(checked, trust)
  })
}

async function readProof(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new LedgerError('no-file', `${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`)
  })
  if (bytes.length <= fileBytesMax) return bytes
  throw new LedgerError('no-proof', `${file}: expected at most ${fileBytesMax} bytes, got ${bytes.length}`)
}

function checkedAnswer({ account, checkpoint, newest, signed, stake, walked }: CheckedFile, trust: Cid): Answer {
  const { epoch } = checkpoint
  const subject = accountKeyText(account)
  const trusted = {
    cid: trust.toString(),
    epoch: newest.epoch,
    time: newest.time,
    signed: openText(signed),
    stake: openText(stake),
  }
  const rests = `rests on checkpoint ${trust} of epoch ${newest.epoch}, signed by ${trusted.signed} of ${trusted.stake} OPEN at stake`
  if (walked === undefined) {
    return {
      data: { account: subject, epoch, trusted, amount: '0' },
      text: `proved: ${subject} was paid nothing in epoch ${epoch}\n  ${rests}`,
    }
  }
  const { amount, creditAfter } = walked.payout
  const root = explanationOf(walked.root)
  const about = { subject, kind: 'account', from: epoch, to: epoch, root: trimmed(root, shownMax) }
  return {
    data: {
      account: subject,
      epoch,
      trusted,
      amount: openText(amount),
      credit: openText(creditAfter),
      root: explanationData(root, new Map()),
    },
    text: `proved: ${openText(amount)} OPEN, which made its credit ${openText(creditAfter)} OPEN\n  ${rests}\n${explanationText(about, new Map())}`,
  }
}
