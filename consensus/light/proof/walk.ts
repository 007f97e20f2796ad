import type { AccountKey } from '../../account.ts'
import { type Amount, splitPpm } from '../../amount.ts'
import { validatorCellKey, validatorCodec } from '../../ledger/cells/validator.ts'
import type { LineageSplit } from '../../ledger/flow/lineage.ts'
import { type CreditLine, type Role, roles } from '../../ledger/flow/payouts.ts'
import { mismatch, type ProofError } from '../../merkle/proof-error.ts'
import type { RefKey } from '../../ref.ts'
import { readCell } from './cell.ts'
import { type ProvedPayout, readPayout } from './payout.ts'
import { flowText, type ProvedBooks } from './proved-books.ts'
import type { PoolFlow } from './proved-flow.ts'
import { shareOf } from './proved-list.ts'
import type { ProvedNode, ProvedRemark } from './proved-node.ts'
import { allFees, type Below, causeNodes, checkLines, feesBelow, traceBuilder, traceData } from './trace.ts'

/** What an account was paid in an epoch, and the whole way of it. */
export interface WalkedPayout {
  readonly payout: ProvedPayout
  readonly root: ProvedNode
}

/**
 * Walks from an account's payout down to the signed records that earned it: each credit line, the flow that paid it, the flows above,
 * the models, the inferences, the vouchers that paid them; every division is recomputed on the way. Undefined where it is proved that
 * the account was paid nothing. Throws ProofError, MalformedError or EncodingError at the first thing that isn't as the rules make it.
 */
export async function walkPayout(books: ProvedBooks, account: AccountKey): Promise<WalkedPayout | undefined> {
  const payout = await readPayout(books.trusted, books.reader, account)
  if (payout === undefined) return undefined
  const lines = await Promise.all(payout.lines.map(line => books.lineTurns.take(() => walkLine(books, account, line))))
  const children = roles.flatMap(role => roleNode(role, payout.lines, lines))
  const subject = { type: 'account', account, epoch: books.epoch } as const
  return { payout, root: { subject, amount: payout.amount, children, omitted: 0, remarks: [] } }
}

function roleNode(role: Role, lines: readonly CreditLine[], nodes: readonly ProvedNode[]): ProvedNode[] {
  const children = nodes.filter((_, i) => lines[i]!.role === role)
  if (children.length === 0) return []
  const amount = children.reduce((sum, child) => sum + child.amount, 0)
  return [{ subject: { type: 'role', role }, amount, children, omitted: 0, remarks: [] }]
}

async function walkLine(books: ProvedBooks, account: AccountKey, line: CreditLine): Promise<ProvedNode> {
  const { role, source, amount } = line
  const below = await walkers[role](books, account, line)
  return { subject: { type: 'source', role, source }, amount, children: [], omitted: 0, remarks: [], ...below }
}

type Walker = (books: ProvedBooks, account: AccountKey, line: CreditLine) => Promise<Below>

const walkers: Readonly<Record<Role, Walker>> = {
  operator: walkOperator,
  // Earned over all the epochs since the stake last changed: what it is computed from is in no tree of this one.
  delegator: async () => ({ remarks: ['settlement'] }),
  executor: walkExecutor,
  builder: walkBuilder,
  owner: walkData,
  origin: walkData,
  refiner: walkData,
}

/** F1: the executor's part of what the account billed. */
async function walkExecutor(books: ProvedBooks, account: AccountKey, { source, amount }: CreditLine): Promise<Below> {
  const built = await books.built(source)
  const payee = built.payees.items.findIndex(({ item }) => item.account === account)
  const expected = built.fees[payee]?.[1]
  if (expected !== amount) throw wrongLine('executor', flowText(built.id), expected ?? 0, amount)
  return feesBelow(books, built, account, amount)
}

/** F2: the owner's part of B. */
async function walkBuilder(books: ProvedBooks, account: AccountKey, { source, amount }: CreditLine): Promise<Below> {
  const { id, cell, forOwner } = await books.built(source)
  if (forOwner !== amount) throw wrongLine('builder', flowText(id), forOwner, amount)
  const remarks = checkOwner(books, account, cell.owner, flowText(id))
  const { causes, omitted } = await traceBuilder(books, source, amount)
  return { children: await causeNodes(books, causes), omitted, remarks }
}

/** F4: what an asset's inflow gives to its datanet's owner, its own, and the owners of its origins. */
async function walkData(books: ProvedBooks, account: AccountKey, line: CreditLine): Promise<Below> {
  const { source, amount } = line
  const flow = await books.lineage(source)
  const remarks = await checkDataLine(books, account, line, flow.splits)
  const { causes, omitted } = await traceData(books, source, amount)
  const claims = await books.claimsOfData(source)
  return { children: await causeNodes(books, causes), omitted, remarks, claims }
}

async function checkDataLine(
  books: ProvedBooks,
  account: AccountKey,
  { role, source, amount }: CreditLine,
  splits: readonly LineageSplit[],
): Promise<ProvedRemark[]> {
  const cell = await books.data(source)
  const what = flowText({ kind: 'asset', key: source })
  if (role === 'origin' && cell.kind === 'refinement') return checkOriginLine(books, account, source, amount, splits)
  const ownRole = cell.kind === 'contribution' ? 'origin' : 'refiner'
  if (role !== 'owner' && role !== ownRole) throw mismatch('list', `role at ${what}`, `owner or ${ownRole}`, role)
  const { owner } = role === 'owner' ? await books.datanet(cell.datanet) : cell
  const expected = splits.map(split => (role === 'owner' ? split.forDatanet : split.forOwner))
  if (!expected.includes(amount)) throw wrongLine(role, what, expected.join(' or '), amount)
  return checkOwner(books, account, owner, what)
}

/** F4: what the account's origins got of a refinement's origin part, and where origins stand in for parents, of the rest. */
async function checkOriginLine(
  books: ProvedBooks,
  account: AccountKey,
  source: RefKey,
  amount: Amount,
  splits: readonly LineageSplit[],
): Promise<ProvedRemark[]> {
  const expected = await Promise.all(splits.map(split => originsOf(books, account, split)))
  if (expected.includes(amount)) return []
  const what = flowText({ kind: 'asset', key: source })
  if (books.knowsOwners) throw wrongLine('origin', what, expected.join(' or '), amount)
  const most = Math.max(
    ...splits.map(({ origins, parents }) => amountTo(origins) + (parents?.toOrigins ? amountTo(parents) : 0)),
  )
  if (amount > most) throw wrongLine('origin', what, `at most ${most}`, amount)
  return ['owner-changed']
}

const amountTo = (divided: LineageSplit['origins']): Amount => divided?.list.amount ?? 0

async function originsOf(books: ProvedBooks, account: AccountKey, { origins, parents }: LineageSplit): Promise<Amount> {
  let sum = 0
  for (const divided of [origins, parents?.toOrigins ? parents : undefined]) {
    for (const [i, { to }] of (divided?.list.parts ?? []).entries()) {
      if (to !== '' && (await books.data(to)).owner === account) sum += divided!.amounts[i]!
    }
  }
  return sum
}

/** F5: a part of the pool by stake; of it the commission, or all where nobody is bonded. */
async function walkOperator(books: ProvedBooks, account: AccountKey, { source, amount }: CreditLine): Promise<Below> {
  if (source !== account) throw mismatch('owner', 'operator line', 'of the validator itself', 'of another')
  const pool = await books.pool()
  await checkLines(books, pool.id, pool.inbound)
  const item = pool.parts.items.find(part => part.item.to === account)
  const part = item === undefined ? 0 : shareOf(pool.parts, item, pool.amount)
  const remarks = await checkCommission(books, account, part, amount)
  const children = await poolNodes(books, pool, amount)
  return { children, omitted: pool.inbound.count - pool.inbound.items.length, remarks }
}

/** The commission is the one at the opening: the state that is at hand may say another by now. */
async function checkCommission(
  books: ProvedBooks,
  account: AccountKey,
  part: Amount,
  amount: Amount,
): Promise<ProvedRemark[]> {
  if (amount > part) throw wrongLine('operator', 'the pool', `at most ${part}`, amount)
  const state = { crypto: books.crypto, checkpoint: books.trusted.state }
  const cell = await readCell(state, books.reader, validatorCodec, validatorCellKey(account))
  const isKnown = amount === part || (cell !== undefined && splitPpm(part, cell.commission)[0] === amount)
  return isKnown ? [] : ['commission-changed']
}

/** A line per model or agent whose fees went into the pool, however many payees it has. */
async function poolNodes(books: ProvedBooks, { inbound }: PoolFlow, amount: Amount): Promise<ProvedNode[]> {
  const parts = new Map<RefKey, Amount>()
  for (const line of inbound.items) {
    const { key } = line.item.from
    parts.set(key, (parts.get(key) ?? 0) + shareOf(inbound, line, amount))
  }
  const paid = [...parts].filter(([, part]) => part > 0)
  return Promise.all(paid.map(([from, part]) => poolNode(books, from, part)))
}

async function poolNode(books: ProvedBooks, from: RefKey, amount: Amount): Promise<ProvedNode> {
  const node = { amount, children: [], omitted: 0, remarks: [] }
  if (from === '') return { ...node, subject: { type: 'pool', from: undefined } }
  const below = await allFees(books, await books.built(from), amount)
  return { ...node, subject: { type: 'pool', from }, ...below }
}

/** Who is paid as an owner is the owner; in a state of a later epoch it may be somebody else. */
function checkOwner(books: ProvedBooks, account: AccountKey, owner: AccountKey, what: string): ProvedRemark[] {
  if (owner === account) return []
  if (books.knowsOwners) throw mismatch('owner', `owner of ${what}`, 'the account that was paid', 'another')
  return ['owner-changed']
}

function wrongLine(role: Role, at: string, expected: unknown, got: Amount): ProofError {
  return mismatch('division', `${role} line at ${at}`, expected, got)
}
