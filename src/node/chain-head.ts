import type { AccountKey } from '../../consensus/account.ts'
import { type Certificate, decodeCertificate } from '../../consensus/agreement/certificate.ts'
import type { ValidatorSet } from '../../consensus/agreement/validator-set.ts'
import { type Checkpoint, decodeCheckpoint } from '../../consensus/checkpoint.ts'
import type { Cid } from '../../consensus/cid.ts'
import { InvariantError } from '../../consensus/errors.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import { type AccountCell, accountCellKey, accountCodec, emptyAccount } from '../../consensus/ledger/cells/account.ts'
import { decodeCell } from '../../consensus/ledger/cells/cell.ts'
import { paramsCodec, paramsKey, setsCodec, setsKey } from '../../consensus/ledger/cells/global.ts'
import type { Params } from '../../consensus/params.ts'
import type { Store } from '../store/store.ts'

/** Where the ledger stands: everything that agreeing on the next epoch starts from. */
export interface ChainHead {
  /** 0 at the genesis. */
  readonly epoch: number
  /** CID of the checkpoint; of the genesis at 0. */
  readonly cid: Cid
  /** Null at the genesis. */
  readonly checkpoint: Checkpoint | null
  readonly certificate: Certificate | null
  readonly certificateBlock: Uint8Array | null
  /** Milliseconds, of the checkpoint or the genesis. */
  readonly time: number
  readonly params: Params
  /** Voted on this epoch. */
  readonly previous: ValidatorSet
  /** Votes on the next epoch, and on the one after. */
  readonly validators: ValidatorSet
  readonly nextValidators: ValidatorSet
}

export function readChainHead(store: Store): ChainHead {
  const head = store.head()
  if (head === undefined) throw new InvariantError('T4', 'a store without a head')
  const sets = decodeCell(setsCodec, required(store.state.get(setsKey), 'sets'))
  const ledger = {
    epoch: head.epoch,
    cid: head.checkpoint,
    params: decodeCell(paramsCodec, required(store.state.get(paramsKey), 'params')),
    previous: sets.previous,
    validators: sets.current,
    nextValidators: sets.next,
  }
  if (head.epoch === 0) {
    const genesis = decodeGenesis(required(store.genesis(), 'genesis'))
    return { ...ledger, checkpoint: null, certificate: null, certificateBlock: null, time: genesis.time }
  }
  const record = required(store.epochs.get(head.epoch), 'epoch')
  const checkpoint = decodeCheckpoint(record.checkpoint)
  return {
    ...ledger,
    checkpoint,
    certificate: decodeCertificate(record.certificate),
    certificateBlock: record.certificate,
    time: checkpoint.time,
  }
}

/** An account as of the head. */
export function readAccount(store: Store, account: AccountKey): AccountCell {
  const cell = store.state.get(accountCellKey(account))
  return cell === undefined ? emptyAccount : decodeCell(accountCodec, cell)
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new InvariantError('T4', `a store without its ${what}`)
  return value
}
