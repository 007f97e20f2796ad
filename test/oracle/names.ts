import { base58btc } from 'multiformats/bases/base58'
import { CID } from 'multiformats/cid'

const DID_KEY = 'did:key:'
const ED25519_PUB_BYTES = 2 + 32

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const orders = new Map<string, string>()

/** A text that sorts as the account's key bytes do; base58 text doesn't. */
export function accountOrder(account: string): string {
  const order = orders.get(account) ?? keyText(account)
  orders.set(account, order)
  return order
}

function keyText(account: string): string {
  const key = base58btc.decode(account.slice(DID_KEY.length))
  if (!account.startsWith(DID_KEY) || key.length !== ED25519_PUB_BYTES) throw new Error(`account: got ${account}`)
  return hex(key)
}

/** A text that sorts as refs do: the batch's digest, then the index as a number. */
export function refOrder(ref: string): string {
  const [batch = '', index = ''] = ref.split('/')
  return hex(CID.parse(batch).multihash.digest) + Number(index).toString(16).padStart(8, '0')
}

export function sortedBy<T>(items: Iterable<T>, order: (item: T) => string): T[] {
  const keyed = [...items].map(item => ({ item, key: order(item) }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item)
}
