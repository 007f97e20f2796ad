/**
 * The light verifier as one module, for a page, a wallet or any program that trusts one checkpoint and believes no server. It uses
 * nothing of a platform: bytes, the time and hashing are arguments; `nobleCrypto` hashes everywhere.
 *
 * - following, from a genesis or a checkpoint that somebody compared to later ones: `trustGenesis`, `trustNamed`, `Bisection`
 * - proofs of what stands under a trusted checkpoint's roots: `ProofReader` on a `ProofSource`, then `ProvedBooks` and `walkPayout`
 * - a payout with all that proves it in one file: `checkProofFile`
 *
 * What is refused throws a `LedgerError`; its `code` names the check that failed.
 */

export { type AccountKey, accountKeyText, parseAccountKey } from '../account.ts'
export { decodeValidatorSet, type Validator, type ValidatorSet } from '../agreement/validator-set.ts'
export type { Amount } from '../amount.ts'
export { type ByteKey, fromHex, fromKey, toHex, toKey } from '../bytes.ts'
export { type Checkpoint, decodeCheckpoint } from '../checkpoint.ts'
export { Cid } from '../cid.ts'
export { type Crypto, nobleCrypto } from '../crypto.ts'
export { LedgerError, MalformedError } from '../errors.ts'
export { accountCellKey, accountCodec } from '../ledger/cells/account.ts'
export { assetCellKey, assetCodec } from '../ledger/cells/asset.ts'
export { positionCellKey, positionCodec } from '../ledger/cells/position.ts'
export { sessionCellKey, sessionCodec } from '../ledger/cells/session.ts'
export { validatorCellKey, validatorCodec } from '../ledger/cells/validator.ts'
export { type ProofCheck, ProofError } from '../merkle/proof-error.ts'
export { parseRef, type RefKey, refKey, refKeyText } from '../ref.ts'
export { Bisection, type BisectionOptions } from './following/bisection.ts'
export { checkNext, checkRival, checkSkip } from './following/check-block.ts'
export {
  type BlockPair,
  type Divergence,
  DivergenceSearch,
  isDecided,
  type LastShared,
} from './following/divergence.ts'
export { checkpointBefore, type NamedCheckpoint } from './following/earlier.ts'
export { type FollowCheck, FollowError } from './following/follow-error.ts'
export { type Guilty, guiltyOf } from './following/guilty.ts'
export { type LightBlock, type LightBlockBytes, openLightBlock } from './following/light-block.ts'
export { type TrustedCheckpoint, trustedFrom, trustGenesis, trustNamed } from './following/trusted-checkpoint.ts'
export { checkFresh, trustingPeriodMs } from './following/trusting-period.ts'
export {
  decodeProofAnswer,
  type FindAnswer,
  type PageAnswer,
  type PartAnswer,
  type ProofAnswer,
  type ProvableLeaf,
  type RecordsAnswer,
  type StateAnswer,
  type VoucherAnswer,
} from './proof/answer.ts'
export { readBlock, readParams } from './proof/block.ts'
export { readCell, verifyCell } from './proof/cell.ts'
export type { CommittedTree } from './proof/committed-tree.ts'
export { type FoundLeaf, verifyFound, verifyLeaf } from './proof/found-leaf.ts'
export { KeepingSource, type KeptPart, keptParts } from './proof/kept-parts.ts'
export { type WalkBounds, walkBoundsDefault } from './proof/limits.ts'
export { type ProvedPayout, readPayout } from './proof/payout.ts'
export {
  type CheckedFile,
  checkProofFile,
  decodeProofFile,
  encodeProofFile,
  type ProofFile,
} from './proof/proof-file.ts'
export { ProvedBooks } from './proof/proved-books.ts'
export { type Depth, readList, readWhole } from './proof/proved-list.ts'
export type { ProvedNode, ProvedRemark, ProvedSubject } from './proof/proved-node.ts'
export { type ProofCosts, ProofReader, type ProofSource } from './proof/reader.ts'
export { decodeProofRequest, encodeProofRequest, type ProofPart, type ProofRequest } from './proof/request.ts'
export { checkRouted, type RoutedRecord, type RoutedVerdict } from './proof/routed.ts'
export { readRecords, type SignedRecord, verifyRecords } from './proof/signed-batch.ts'
export type { Trusted, TrustedEpoch } from './proof/trust.ts'
export { partUnshown } from './proof/unshown.ts'
export { type ProvedVoucher, readVoucher, verifyVoucher } from './proof/voucher.ts'
export { type WalkedPayout, walkPayout } from './proof/walk.ts'
