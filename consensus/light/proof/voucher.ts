import type { AccountKey } from '../../account.ts'
import type { Amount } from '../../amount.ts'
import { fromKey, toKey } from '../../bytes.ts'
import type { Cid } from '../../cid.ts'
import { mismatch, ProofError } from '../../merkle/proof-error.ts'
import { voucherBytes } from '../../records/voucher.ts'
import { type RefKey, refFromKey } from '../../ref.ts'
import type { VoucherAnswer } from './answer.ts'
import type { ProofReader } from './reader.ts'
import { verifyHeader, verifyRecord } from './signed-batch.ts'
import type { Trusted } from './trust.ts'

/** What a payer signed for a session: its deposit to begin with, then how much of it is the payee's. */
export interface ProvedVoucher {
  readonly session: RefKey
  readonly payer: AccountKey
  readonly payee: AccountKey
  readonly deposit: Amount
  /** E4: at most the deposit. */
  readonly total: Amount
}

/** E4: a voucher over at least `atLeast`, that stood by the payee's batch `by`. Throws ProofError. */
export async function readVoucher(
  trusted: Trusted,
  reader: ProofReader,
  wanted: { readonly session: RefKey; readonly atLeast: Amount; readonly by: Cid },
): Promise<ProvedVoucher> {
  const answer = await reader.want(trusted.checkpoint.epoch, { type: 'voucher', ...wanted })
  const voucher = verifyVoucher(trusted, wanted.session, answer)
  if (voucher.total < wanted.atLeast) throw mismatch('voucher', 'total', `at least ${wanted.atLeast}`, voucher.total)
  return voucher
}

/**
 * The session's record is named by its ref alone, and signed by who pays: the batch that it stands in needs no epoch to be
 * believed. That it was opened is shown by whatever was settled in it.
 */
export function verifyVoucher(trusted: Trusted, session: RefKey, answer: VoucherAnswer): ProvedVoucher {
  const [batch, index] = refFromKey(session)
  const header = verifyHeader(trusted, batch, answer.session)
  const record = verifyRecord(trusted, header, index, answer.session)
  if (record.kind !== 'session') throw mismatch('record', 'what a fee was settled in', 'a session', record.kind)
  const payer = toKey(header.author)
  const signed = voucherBytes(trusted.checkpoint.chain, session, answer.total)
  if (!trusted.crypto.verify(answer.signature, signed, fromKey(payer))) {
    throw new ProofError('signature', 'voucher: not signed by the payer of its session')
  }
  const total = Math.min(answer.total, record.deposit)
  return { session, payer, payee: toKey(record.payee), deposit: record.deposit, total }
}
