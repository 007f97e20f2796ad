import type { AccountKey } from '../../consensus/account.ts'
import type { Cid } from '../../consensus/cid.ts'
import type { Crypto } from '../../consensus/crypto.ts'
import { type AccountCell, accountCellKey, accountCodec } from '../../consensus/ledger/cells/account.ts'
import { type AssetCell, assetCellKey, assetCodec } from '../../consensus/ledger/cells/asset.ts'
import { type PositionCell, positionCellKey, positionCodec } from '../../consensus/ledger/cells/position.ts'
import { type SessionCell, sessionCellKey, sessionCodec } from '../../consensus/ledger/cells/session.ts'
import { type ValidatorCell, validatorCellKey, validatorCodec } from '../../consensus/ledger/cells/validator.ts'
import { readParams } from '../../consensus/light/proof/block.ts'
import { readCell } from '../../consensus/light/proof/cell.ts'
import { walkBoundsDefault } from '../../consensus/light/proof/limits.ts'
import { ProofReader } from '../../consensus/light/proof/reader.ts'
import type { Trusted } from '../../consensus/light/proof/trust.ts'
import { type ProvedVoucher, readVoucher } from '../../consensus/light/proof/voucher.ts'
import type { Params } from '../../consensus/params.ts'
import type { RefKey } from '../../consensus/ref.ts'
import { withFreshState } from './fresh-state.ts'
import type { LightClient } from './light-client.ts'
import { PeerProofs } from './peer-proofs.ts'

/** What may be asked of the state. */
export type StateSubject =
  | { readonly type: 'account'; readonly account: AccountKey }
  | { readonly type: 'position'; readonly validator: AccountKey; readonly delegator: AccountKey }
  /** An asset or a session. */
  | { readonly type: 'ref'; readonly ref: RefKey }
  | { readonly type: 'params' }

/** What was proved; a cell that is absent is proved not to be. */
export type ProvedState =
  | {
      readonly type: 'account'
      readonly account: AccountCell | undefined
      readonly validator: ValidatorCell | undefined
    }
  | { readonly type: 'position'; readonly position: PositionCell | undefined }
  | { readonly type: 'asset'; readonly asset: AssetCell }
  /** With what its payer signed for as much as is settled, where that is anything. */
  | { readonly type: 'session'; readonly session: SessionCell; readonly voucher: ProvedVoucher | undefined }
  | { readonly type: 'nothing' }
  | { readonly type: 'params'; readonly params: Params; readonly cid: Cid }

/** Proves what the newest state says. Throws LedgerError `no-peer`. */
export async function proveState(client: LightClient, crypto: Crypto, subject: StateSubject): Promise<ProvedState> {
  const proofs = new PeerProofs(client.peers)
  return await withFreshState(client, checkpoint =>
    proofs.walk(source => readState({ crypto, checkpoint }, new ProofReader(source, walkBoundsDefault), subject)),
  )
}

async function readState(trusted: Trusted, reader: ProofReader, subject: StateSubject): Promise<ProvedState> {
  switch (subject.type) {
    case 'account': {
      const [account, validator] = await Promise.all([
        readCell(trusted, reader, accountCodec, accountCellKey(subject.account)),
        readCell(trusted, reader, validatorCodec, validatorCellKey(subject.account)),
      ])
      return { type: 'account', account, validator }
    }
    case 'position': {
      const key = positionCellKey(subject.validator, subject.delegator)
      return { type: 'position', position: await readCell(trusted, reader, positionCodec, key) }
    }
    case 'ref':
      return await readNamed(trusted, reader, subject.ref)
    case 'params':
      return { type: 'params', params: await readParams(trusted, reader), cid: trusted.checkpoint.params }
  }
}

async function readNamed(trusted: Trusted, reader: ProofReader, ref: RefKey): Promise<ProvedState> {
  const [asset, session] = await Promise.all([
    readCell(trusted, reader, assetCodec, assetCellKey(ref)),
    readCell(trusted, reader, sessionCodec, sessionCellKey(ref)),
  ])
  if (asset !== undefined) return { type: 'asset', asset }
  if (session === undefined) return { type: 'nothing' }
  return { type: 'session', session, voucher: await readSettled(trusted, reader, ref, session) }
}

/** E4: the payer's word for all that was settled. */
async function readSettled(
  trusted: Trusted,
  reader: ProofReader,
  session: RefKey,
  { payee, settled }: SessionCell,
): Promise<ProvedVoucher | undefined> {
  if (settled === 0) return undefined
  const by = (await readCell(trusted, reader, accountCodec, accountCellKey(payee)))?.head
  return by == null ? undefined : await readVoucher(trusted, reader, { session, atLeast: settled, by })
}
