import { add, MILLION, parseOpen } from './amount.ts'
import { accepted, type Epoch, type Named, need, visible } from './epoch.ts'
import type {
  Account,
  Action,
  Attribution,
  Close,
  Inference,
  Outcome,
  Ref,
  Session,
  Transfer,
  Voucher,
  Weights,
} from './records.ts'
import type { BuilderState, SessionState, State } from './state.ts'

/** Epochs for which a payer's `close` still leaves the payee time to bill. */
const CLOSE_NOTICE_EPOCHS = 360

/** What comes in is added after all records, so what is left here is never more than the opening balance. */
export function debit(state: State, account: Account, amount: bigint): void {
  need(amount <= (state.balances.get(account) ?? 0n), 'not enough in the opening balance')
  add(state.balances, account, -amount)
}

export function transfer(state: State, epoch: Epoch, record: Transfer): Outcome {
  const amount = parseOpen(record.amount)
  debit(state, record.author, amount)
  epoch.transfers.push({ to: record.to, amount })
  return 'done'
}

export function openSession(state: State, epoch: Epoch, record: Session): Outcome {
  need(record.expires > epoch.number, 'expires before it opens')
  need(record.expires <= epoch.number + state.params.sessionEpochsMax, 'expires too far ahead')
  for (const ref of record.for ?? []) {
    need(visible(state.builders, ref, record.author, epoch) !== undefined, 'no such model or agent')
  }
  const deposit = parseOpen(record.deposit)
  debit(state, record.author, deposit)
  state.sessions.set(record.ref, {
    ref: record.ref,
    born: epoch.number,
    payer: record.author,
    payee: record.payee,
    deposit,
    only: record.for === undefined || record.for.length === 0 ? undefined : new Set(record.for),
    expires: record.expires,
    total: 0n,
    settled: 0n,
    closed: false,
  })
  return 'done'
}

/** E4: sessions are read from the opening state, so one that opens in this epoch can't be used by anybody. */
function openedSession(state: State, epoch: Epoch, ref: Ref): SessionState {
  const session = state.sessions.get(ref)
  need(session !== undefined && session.born < epoch.number, 'no such open session')
  return session
}

function payeesSession(state: State, epoch: Epoch, ref: Ref, author: Account): SessionState {
  const session = openedSession(state, epoch, ref)
  need(session.payee === author, 'not the payee')
  need(!session.closed, 'closed by the payee')
  return session
}

/** Nobody uses a session in its own epoch, but its payer reads what it wrote and can already shorten it. */
export function close(state: State, epoch: Epoch, record: Close): Outcome {
  const session = state.sessions.get(record.session)
  need(session !== undefined, 'no such session')
  if (session.payee === record.author && session.born < epoch.number) {
    need(!session.closed, 'closed already')
    session.closed = true
    return 'done'
  }
  need(session.payer === record.author, 'neither payer nor payee of an open session')
  epoch.expiries.push({ session, expires: epoch.number + CLOSE_NOTICE_EPOCHS })
  return 'done'
}

export function redeem(state: State, epoch: Epoch, record: Voucher): Outcome {
  const session = payeesSession(state, epoch, record.session, record.author)
  const total = parseOpen(record.total)
  const beyond = total > session.deposit
  const counted = beyond ? session.deposit : total
  need(counted > session.total, 'not above the total so far')
  session.total = counted
  return 'done'
}

export function bill(state: State, epoch: Epoch, record: Inference | Action): Outcome {
  const session = payeesSession(state, epoch, record.session, record.author)
  const ref = record.kind === 'inference' ? record.model : record.agent
  const builder = visible(state.builders, ref, record.author, epoch)
  const wanted = record.kind === 'inference' ? 'model' : 'agent'
  need(builder !== undefined && builder.kind === wanted, `no such ${wanted}`)
  need(session.only === undefined || session.only.has(ref), 'not what the session pays for')
  const fee = parseOpen(record.fee)
  if (fee > session.total - session.settled) return 'unpaid'
  session.settled += fee
  epoch.paid.push({ builder, payee: record.author, fee, named: name(state, epoch, builder, record.uses ?? []) })
  return 'paid'
}

/** F3: only what is accepted and within the builder's reach names anything. */
function name(state: State, epoch: Epoch, builder: BuilderState, uses: Weights): Named {
  const assets = uses.flatMap(([ref, ppm]) => {
    const asset = state.assets.get(ref)
    if (asset === undefined || !accepted(asset, epoch)) return []
    const withinReach = builder.reach.has(ref) || builder.reach.has(asset.datanet.ref)
    return withinReach ? [[ref, BigInt(ppm)] as const] : []
  })
  return { assets, unnamed: assets.reduce((rest, [, weight]) => rest - weight, MILLION) }
}

export function attribute(state: State, epoch: Epoch, record: Attribution): Outcome {
  const model = visible(state.builders, record.model, record.author, epoch)
  need(model !== undefined && model.attributor === record.author, 'not the attributor of a model')
  need(model.waiting > 0n && !epoch.attributions.has(model.ref), 'nothing waits')
  epoch.attributions.set(model.ref, name(state, epoch, model, record.uses))
  return 'done'
}

/** What is left of a session goes back after the last epoch in which it could be used. */
export function endSessions(state: State, epoch: Epoch): void {
  for (const session of [...state.sessions.values()]) {
    if (!session.closed && session.expires > epoch.number) continue
    add(state.balances, session.payer, session.deposit - session.settled)
    state.sessions.delete(session.ref)
  }
}
