import { type ByteKey, equalBytes } from '../../consensus/bytes.ts'
import { updateStateTree } from '../../consensus/merkle/state-tree.ts'
import { walkStatePages } from '../../consensus/merkle/state-walk.ts'
import { nativeCrypto } from '../crypto/native.ts'
import { pageKey } from '../store/keys.ts'
import type { Store } from '../store/store.ts'
import type { Findings } from './findings.ts'

/**
 * Where the ledger can't be executed again (it began at a snapshot, or an epoch is damaged): whether pages and cells are those of
 * the newest state root. A cell that is wrong is known then, but not which.
 */
export async function checkStateTree(store: Store, stateRoot: Uint8Array, findings: Findings): Promise<void> {
  findings.attempt('state tree', () => {
    for (const { key, fault } of walkStatePages(nativeCrypto, store.pages, stateRoot)) {
      if (fault !== undefined) findings.add(pageKey(key), fault)
    }
  })
  await findings.attemptAsync('state', async () => {
    const cells = new Map<ByteKey, Uint8Array>()
    for await (const [key, value] of store.state.scan()) cells.set(key, value)
    const { root } = updateStateTree(nativeCrypto, { get: () => undefined }, cells)
    if (!equalBytes(root, stateRoot)) findings.add('state', 'its cells are not those of the newest stateRoot')
  })
}
