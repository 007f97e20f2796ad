import type { AccountKey } from '../../consensus/account.ts'
import { certificateFault, encodeCertificate, isCommit } from '../../consensus/agreement/certificate.ts'
import { encodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { type Checkpoint, encodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { FollowError } from '../../consensus/light/following/follow-error.ts'
import type { LightBlock } from '../../consensus/light/following/light-block.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import { KeepingSource, keptReader } from '../../consensus/light/proof/kept-parts.ts'
import { encodeProofFile, linksMax } from '../../consensus/light/proof/proof-file.ts'
import { ProvedBooks } from '../../consensus/light/proof/proved-books.ts'
import { walkPayout } from '../../consensus/light/proof/walk.ts'
import type { LightClient } from './light-client.ts'
import { PeerProofs } from './peer-proofs.ts'

/** A proof file, and the checkpoint that it is checked with. */
export interface SavedProof {
  readonly bytes: Uint8Array
  readonly trust: string
  readonly newest: number
}

/**
 * Gathers from peers what proves an account's payout in an epoch, or that there was none; each part is checked before it is kept. The
 * client has followed. Throws LedgerError `not-yet`, `too-old` or `no-peer`.
 */
export async function gatherProof(
  client: LightClient,
  crypto: Crypto,
  account: AccountKey,
  epoch: number,
): Promise<SavedProof> {
  const { head } = client
  if (head.checkpoint === null || epoch > head.epoch)
    throw new LedgerError('not-yet', `epoch ${epoch} isn't final yet: the newest is ${head.epoch}`)
  if (head.epoch - epoch >= linksMax)
    throw new LedgerError('too-old', `epoch ${epoch} is more than ${linksMax} epochs back`, { newest: head.epoch })
  const { certificate, validators } = await client.blockOf(head, block => checkSigned(crypto, head, block))
  const chain: Checkpoint[] = []
  for await (const { checkpoint } of client.back(head, epoch)) chain.push(checkpoint)
  const trusted = { crypto, checkpoint: chain.at(-1)!, state: head.checkpoint }
  const parts = await new PeerProofs(client.peers).walk(async source => {
    const keeping = new KeepingSource(source)
    await walkPayout(new ProvedBooks(trusted, keptReader(keeping), 'deep'), account)
    return keeping.parts
  })
  const bytes = encodeProofFile({
    account,
    checkpoints: chain.map(encodeCheckpoint),
    certificate: encodeCertificate(certificate),
    validators: encodeValidatorSet(validators),
    parts,
  })
  return { bytes, trust: `${head.cid}`, newest: head.epoch }
}

/** Whoever checks the file without following wants to see who signed. */
function checkSigned(crypto: Crypto, { chain, cid, epoch }: TrustedCheckpoint, block: LightBlock): void {
  const { certificate, validators } = block
  const isOfHead = isCommit(certificate) && certificate.epoch === epoch && certificate.checkpoint.equals(cid)
  const fault = isOfHead ? certificateFault(crypto, chain, validators, certificate) : 'not-a-commit'
  if (fault !== undefined)
    throw new FollowError('certificate', `certificate of epoch ${epoch}`, 'a quorum of its set', fault)
}
