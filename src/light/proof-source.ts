import type { AccountKey } from '../../consensus/account.ts'
import type { AccountCell } from '../../consensus/ledger/cells/account.ts'
import type { TrustedCheckpoint } from '../../consensus/light/following/trusted-checkpoint.ts'
import type { LightPeers } from './light-peers.ts'

/**
 * What stands under the roots of a trusted checkpoint, from whichever peer proves it: each answer is verified within `peers.askAny`,
 * so that a peer whose proof fails is dropped for another.
 */
export interface ProofSource {
  /** As of the checkpoint; `emptyAccount` where it is proved that there is none. */
  account(peers: LightPeers, trusted: TrustedCheckpoint, account: AccountKey): Promise<AccountCell>
}
