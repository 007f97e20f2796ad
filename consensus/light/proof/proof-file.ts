import type { AccountKey } from '../../account.ts'
import { certificateFault, decodeCertificate, isCommit, signedStake } from '../../agreement/certificate.ts'
import { decodeValidatorSet, totalStake } from '../../agreement/validator-set.ts'
import type { Amount } from '../../amount.ts'
import { fromKey, toKey } from '../../bytes.ts'
import { decode } from '../../cbor/decode.ts'
import { encode } from '../../cbor/encode.ts'
import { bytesOf, bytesUpTo, listOf, mapOf, tupleOf } from '../../cbor/fields.ts'
import { type Checkpoint, decodeCheckpoint } from '../../checkpoint.ts'
import { Cid } from '../../cid.ts'
import type { Crypto } from '../../crypto.ts'
import { MalformedError } from '../../errors.ts'
import { mismatch, ProofError } from '../../merkle/proof-error.ts'
import { type KeptPart, keptParts, keptReader } from './kept-parts.ts'
import { answerBytesMax, requestBytesMax, type WalkBounds, walkBoundsDefault } from './limits.ts'
import { ProvedBooks } from './proved-books.ts'
import { type WalkedPayout, walkPayout } from './walk.ts'

/** An account's payout in one epoch with all that proves it, to be checked without a network. */
export interface ProofFile {
  readonly account: AccountKey
  /** Blocks, the newest first; each names the one after it as `prev`. The last is that of the epoch, the first that of the state. */
  readonly checkpoints: readonly Uint8Array[]
  /** Of the first checkpoint: who signed it, and out of which set. */
  readonly certificate: Uint8Array
  readonly validators: Uint8Array
  readonly parts: readonly KeptPart[]
}

/** What a file proves. */
export interface CheckedFile {
  readonly account: AccountKey
  readonly checkpoint: Checkpoint
  /** The one that is trusted. */
  readonly newest: Checkpoint
  /** µOPEN that signed the newest checkpoint, of all that could. */
  readonly signed: Amount
  readonly stake: Amount
  /** Undefined: the account was paid nothing. */
  readonly walked: WalkedPayout | undefined
}

/** A year of epochs by `prev` would be a long file; from there on the chain is followed by certificates. */
export const linksMax = 4096
const checkpointBytesMax = 16 * 1024
const certificateBytesMax = 64 * 1024
const validatorsBytesMax = 64 * 1024
const fileVersion = 1
const fields = ['v', 'account', 'checkpoints', 'certificate', 'validators', 'parts']

export function encodeProofFile(file: ProofFile): Uint8Array {
  return encode({ v: fileVersion, ...file, account: fromKey(file.account) })
}

/** Throws EncodingError or MalformedError. */
export function decodeProofFile(bytes: Uint8Array): ProofFile {
  const map = mapOf(decode(bytes), 'file', fields)
  if (map.v !== fileVersion) throw new MalformedError('file.v', `${fileVersion}`, map.v)
  const checkpoints = listOf(map.checkpoints, 'file.checkpoints', linksMax).map((block, i) =>
    bytesUpTo(block, `file.checkpoints[${i}]`, checkpointBytesMax),
  )
  if (checkpoints.length === 0) throw new MalformedError('file.checkpoints', 'at least one', map.checkpoints)
  return {
    account: toKey(bytesOf(map.account, 'file.account', 32)),
    checkpoints,
    certificate: bytesUpTo(map.certificate, 'file.certificate', certificateBytesMax),
    validators: bytesUpTo(map.validators, 'file.validators', validatorsBytesMax),
    parts: listOf(map.parts, 'file.parts').map((part, i) => {
      const [request, answer] = tupleOf(part, `file.parts[${i}]`, 2)
      return [
        bytesUpTo(request, `file.parts[${i}][0]`, requestBytesMax),
        bytesUpTo(answer, `file.parts[${i}][1]`, answerBytesMax),
      ]
    }),
  }
}

/**
 * Checks a file against the CID of the checkpoint that it starts from, which the reader trusts for reasons of its own. Throws ProofError
 * with the check that fails, MalformedError or EncodingError. `bounds` are those of a walk that asks for many parts at once.
 */
export async function checkProofFile(
  crypto: Crypto,
  bytes: Uint8Array,
  trust: Cid,
  bounds: WalkBounds = walkBoundsDefault,
): Promise<CheckedFile> {
  const file = decodeProofFile(bytes)
  const checkpoints = linked(crypto, file.checkpoints, trust)
  const newest = checkpoints[0]!
  const checkpoint = checkpoints.at(-1)!
  const { signed, stake } = checkSigners(crypto, file, newest, trust)
  const reader = keptReader(keptParts(file.parts), bounds)
  const books = new ProvedBooks({ crypto, checkpoint, state: newest }, reader, 'deep')
  const walked = await walkPayout(books, file.account)
  return { account: file.account, checkpoint, newest, signed, stake, walked }
}

/** Back from what is trusted: each checkpoint is the one that the newer one names. */
function linked(crypto: Crypto, blocks: readonly Uint8Array[], trust: Cid): Checkpoint[] {
  let expected = trust
  return blocks.map(block => {
    const got = Cid.of(crypto, block)
    if (!got.equals(expected)) throw mismatch('block', 'checkpoint', expected, got)
    const checkpoint = decodeCheckpoint(block)
    expected = checkpoint.prev
    return checkpoint
  })
}

/** Who is trusted needs no signatures; that they are there is told to whoever compares. */
function checkSigners(
  crypto: Crypto,
  file: ProofFile,
  { chain, epoch, validators }: Checkpoint,
  cid: Cid,
): { signed: Amount; stake: Amount } {
  const named = Cid.of(crypto, file.validators)
  if (!named.equals(validators)) throw mismatch('block', 'validator set', validators, named)
  const set = decodeValidatorSet(file.validators)
  const certificate = decodeCertificate(file.certificate)
  if (!isCommit(certificate) || !certificate.checkpoint.equals(cid) || certificate.epoch !== epoch) {
    throw mismatch('signature', 'certificate', `a commit of ${cid}`, certificate.checkpoint ?? 'another')
  }
  const fault = certificateFault(crypto, chain, set, certificate)
  if (fault !== undefined) throw new ProofError('signature', `certificate: ${fault}`, { fault })
  return { signed: signedStake(set, certificate), stake: totalStake(set) }
}
