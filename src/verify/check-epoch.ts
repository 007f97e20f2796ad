import { certificateFault, decodeCertificate, isCommit } from '../../consensus/agreement/certificate.ts'
import { decodeValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { decode } from '../../consensus/cbor/decode.ts'
import { type Checkpoint, decodeCheckpoint } from '../../consensus/checkpoint.ts'
import { Cid } from '../../consensus/cid.ts'
import type { Genesis } from '../../consensus/genesis.ts'
import { genesisBlocks } from '../../consensus/ledger/genesis-state.ts'
import { checkParams } from '../../consensus/params.ts'
import { nativeCrypto } from '../crypto/native.ts'
import type { EpochRecord } from '../store/epochs.ts'
import { blockKey, checkpointKey, epochKey } from '../store/keys.ts'
import { checkCut } from './check-cut.ts'
import { checkMoney } from './check-money.ts'
import type { Checking } from './checking.ts'

/** Everything that an epoch's own values show: its checkpoint, who signed it, its batches, and the roots over what is stored of it. */
export async function checkEpoch(checking: Checking, epoch: number): Promise<void> {
  const known = readEpoch(checking, epoch)
  if (known === undefined) {
    checking.prev = undefined
    checking.validators = undefined
    checking.certificate = undefined
    return
  }
  const { record, checkpoint } = known
  const problem = linkProblem(checking, epoch, checkpoint)
  if (problem !== undefined) checking.findings.add(epochKey(epoch), problem)
  if (!namesCertificate(checking, checkpoint)) {
    checking.findings.add(epochKey(epoch - 1), 'the certificate is not the one that the next checkpoint names')
  }
  checkName(checking, epoch, record)
  checkBlocks(checking, checkpoint)
  checkCertificate(checking, epoch, record, checkpoint)
  if (epoch >= checking.wholeFrom) {
    await checkCut(checking, epoch, record.cut, checkpoint.batchesRoot)
    await checkMoney(checking, { ...checkpoint, epoch })
  }
  checking.prev = Cid.of(nativeCrypto, record.checkpoint)
  checking.validators = checkpoint.nextValidators
  checking.time = checkpoint.time
  checking.certificate = Cid.of(nativeCrypto, record.certificate)
}

/** They are there before the first checkpoint names them. */
export function checkGenesisBlocks(checking: Checking, genesis: Genesis): void {
  const [validators, params] = genesisBlocks(genesis).map(block => Cid.of(nativeCrypto, block))
  checkSet(checking, validators!)
  checkParamsBlock(checking, params!)
}

function readEpoch(
  { store, findings }: Checking,
  epoch: number,
): { record: EpochRecord; checkpoint: Checkpoint } | undefined {
  const key = epochKey(epoch)
  return findings.attempt(key, () => {
    const record = store.epochs.get(epoch)
    if (record !== undefined) return { record, checkpoint: decodeCheckpoint(record.checkpoint) }
    findings.add(key, 'missing')
    return undefined
  })
}

function linkProblem(
  { chain, prev, validators, time }: Checking,
  epoch: number,
  checkpoint: Checkpoint,
): string | undefined {
  if (checkpoint.epoch !== epoch) return `the checkpoint of epoch ${checkpoint.epoch}`
  if (!checkpoint.chain.equals(chain)) return 'a checkpoint of another chain'
  if (prev !== undefined && !checkpoint.prev.equals(prev)) return 'its checkpoint does not follow the one before'
  if (checkpoint.time <= time) return 'its time is not later than that of the epoch before'
  if (validators !== undefined && !checkpoint.validators.equals(validators)) {
    return 'its validators are not those that the epoch before named'
  }
  return undefined
}

/** T13: from the next epoch on, all nodes keep the signatures that its checkpoint names. */
function namesCertificate({ certificate }: Checking, { lastCertificate }: Checkpoint): boolean {
  if (certificate === undefined) return true
  return certificate === null ? lastCertificate === null : lastCertificate?.equals(certificate) === true
}

function checkName({ store, live, findings }: Checking, epoch: number, { checkpoint }: EpochRecord): void {
  const cid = Cid.of(nativeCrypto, checkpoint)
  live.checkpoint(cid)
  const key = checkpointKey(cid)
  findings.attempt(key, () => {
    const named = store.epochs.named(cid)
    if (named === undefined) findings.add(key, 'missing')
    else if (named !== epoch) findings.add(key, `names epoch ${named}, not ${epoch}`)
  })
}

function checkBlocks(checking: Checking, { validators, nextValidators, params }: Checkpoint): void {
  checkSet(checking, validators)
  checkSet(checking, nextValidators)
  checkParamsBlock(checking, params)
}

function checkSet(checking: Checking, cid: Cid): void {
  checkBlock(checking, cid, decodeValidatorSet)
}

function checkParamsBlock(checking: Checking, cid: Cid): void {
  checkBlock(checking, cid, bytes => checkParams(decode(bytes)))
}

function checkBlock({ store, live, findings }: Checking, cid: Cid, check: (bytes: Uint8Array) => unknown): void {
  live.block(cid)
  const key = blockKey(cid)
  findings.attempt(key, () => {
    const bytes = store.blocks.get(cid)
    if (bytes === undefined) findings.add(key, 'missing, though the ledger needs it')
    else if (!Cid.of(nativeCrypto, bytes).equals(cid)) findings.add(key, 'another block than its key names')
    else check(bytes)
  })
}

function checkCertificate(
  { store, chain, findings }: Checking,
  epoch: number,
  record: EpochRecord,
  checkpoint: Checkpoint,
): void {
  const key = epochKey(epoch)
  findings.attempt(key, () => {
    const certificate = decodeCertificate(record.certificate)
    const cid = Cid.of(nativeCrypto, record.checkpoint)
    if (!isCommit(certificate) || certificate.epoch !== epoch || !certificate.checkpoint.equals(cid)) {
      findings.add(key, 'the certificate is not for this checkpoint')
      return
    }
    const set = store.blocks.get(checkpoint.validators)
    if (set === undefined) return
    const fault = certificateFault(nativeCrypto, chain, decodeValidatorSet(set), certificate)
    if (fault !== undefined) findings.add(key, `the certificate does not hold: ${fault}`)
  })
}
