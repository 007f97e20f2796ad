import { equalBytes } from '../../consensus/bytes.ts'
import type { Checkpoint } from '../../consensus/checkpoint.ts'
import { decodeFlows } from '../../consensus/ledger/flow/codec.ts'
import { Committer } from '../../consensus/ledger/flow/commitment.ts'
import { decodePayouts } from '../../consensus/ledger/flow/payout-codec.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { chunkKey } from '../store/keys.ts'
import type { Checking } from './checking.ts'

/** The stored payouts and flows of an epoch against the roots in its checkpoint. */
export async function checkMoney(checking: Checking, checkpoint: Checkpoint): Promise<void> {
  await checkPayouts(checking, checkpoint)
  await checkFlows(checking, checkpoint)
}

async function checkPayouts({ store, findings }: Checking, { epoch, payoutRoot }: Checkpoint): Promise<void> {
  await findings.attemptAsync(chunkKey('payouts', epoch, 0), async () => {
    const payouts = []
    for await (const chunk of store.payouts.all(epoch)) payouts.push(...decodePayouts(chunk))
    const credits = new Map(payouts.map(({ account, creditAfter }) => [account, creditAfter]))
    const root = new Committer(nativeCrypto).payoutRoot(payouts, ({ account }) => credits.get(account)!)
    if (!equalBytes(root, payoutRoot)) findings.add(`payouts epoch ${epoch}`, 'not those of payoutRoot')
  })
}

async function checkFlows({ store, findings }: Checking, { epoch, flowRoot }: Checkpoint): Promise<void> {
  await findings.attemptAsync(chunkKey('flows', epoch, 0), async () => {
    const flows = []
    for await (const chunk of store.flows.all(epoch)) flows.push(...decodeFlows(chunk))
    if (!equalBytes(new Committer(nativeCrypto).flowRoot(flows), flowRoot)) {
      findings.add(`flows epoch ${epoch}`, 'not those of flowRoot')
    }
  })
}
