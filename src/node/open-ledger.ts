import { Cid } from '../../consensus/cid.ts'
import { LedgerError } from '../../consensus/errors.ts'
import { decodeGenesis } from '../../consensus/genesis.ts'
import { genesisBlocks, genesisState } from '../../consensus/ledger/genesis-state.ts'
import { nativeCrypto as crypto } from '../crypto/native.ts'
import { Store } from '../store/store.ts'

/** Begins a new store with the help of peers: it has a head then, or what comes back is the genesis to begin it with. */
export type Beginning = (store: Store) => Promise<'joined' | Uint8Array | undefined>

/**
 * Opens the store of a data folder, and begins it from `genesis` where it is new. Throws LedgerError `other-chain` if the folder
 * belongs to another ledger, `genesis-missing` if it is new and no genesis is given.
 */
export async function openLedger(
  dir: string,
  genesis: Uint8Array | undefined,
  join?: Beginning,
): Promise<{ store: Store; chain: Cid }> {
  const store = await openStore(dir)
  return { store, chain: await beginLedger(store, dir, genesis, join) }
}

/** The store of a node's data folder, begun or not. */
export function openStore(dir: string): Promise<Store> {
  return Store.open(dir, { create: true, multithreading: true })
}

/** Begins a store where it is new, and answers its chain. Closes the store if it throws. */
export async function beginLedger(
  store: Store,
  dir: string,
  genesis: Uint8Array | undefined,
  join?: Beginning,
): Promise<Cid> {
  try {
    await beginIfNew(store, dir, genesis, join)
    return store.chain()!
  } catch (error) {
    await store.close()
    throw error
  }
}

async function beginIfNew(
  store: Store,
  dir: string,
  given: Uint8Array | undefined,
  join: Beginning | undefined,
): Promise<void> {
  const chain = store.chain()
  if (chain !== undefined) {
    if (given !== undefined && !Cid.of(crypto, given).equals(chain)) {
      throw new LedgerError(
        'other-chain',
        `${dir} holds the ledger ${chain}, not ${Cid.of(crypto, given)}`,
        { chain: chain.toString() },
        'choose another data folder, or the genesis it was begun with',
      )
    }
    return
  }
  const genesis = join === undefined ? given : await join(store)
  if (genesis === 'joined') return
  if (genesis === undefined) {
    throw new LedgerError(
      'genesis-missing',
      `${dir} is new and needs a genesis`,
      { dir },
      'pass --genesis FILE, or --trust CID of a checkpoint and --bootstrap ADDR of a node that has it',
    )
  }
  const decoded = decodeGenesis(genesis)
  const { state, pages } = genesisState(crypto, decoded)
  await store.beginAtGenesis(genesis, { state, pages, blocks: genesisBlocks(decoded) })
}
